// Command service redirects short names to web addresses.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"example.com/service/internal/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := cli.New().ExecuteContext(ctx); err != nil {
		stop()
		os.Exit(1)
	}
}
