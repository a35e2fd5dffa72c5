// Package cli is the command line of the service.
package cli

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"example.com/service/internal/config"
	"example.com/service/internal/server"
)

// New returns the root command with all its subcommands.
func New() *cobra.Command {
	root := &cobra.Command{
		Use:          "service",
		Short:        "Redirect short names to web addresses",
		SilenceUsage: true,
	}
	file := root.PersistentFlags().StringP("config", "c", "service.yaml", "configuration file")
	root.AddCommand(newServe(file), newCheck(file))
	return root
}

func newServe(file *string) *cobra.Command {
	var level slog.LevelVar
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Answer requests until interrupted",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := config.Load(*file)
			if err != nil {
				return err
			}
			log := slog.New(slog.NewJSONHandler(cmd.ErrOrStderr(), &slog.HandlerOptions{Level: &level}))
			return serve(cmd, cfg, log)
		},
	}
	cmd.Flags().TextVar(&level, "log-level", &level, "DEBUG, INFO, WARN or ERROR")
	return cmd
}

func newCheck(file *string) *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: "Check the configuration and print how many links it has",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := config.Load(*file)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s: %d links\n", *file, len(cfg.Links))
			return err
		},
	}
}

// serve listens until the command's context ends, then lets running requests finish.
func serve(cmd *cobra.Command, cfg config.Config, log *slog.Logger) error {
	ctx := cmd.Context()
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", cfg.Listen)
	if err != nil {
		return err
	}
	srv := &http.Server{
		Handler:           server.New(cfg.Links, log),
		ReadHeaderTimeout: 5 * time.Second,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(listener) }()
	log.Info("listening", "address", listener.Addr().String(), "links", len(cfg.Links))

	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	log.Info("stopping", "grace", cfg.Grace.String())
	shutdown, cancel := cfg.GraceContext()
	defer cancel()
	if err := srv.Shutdown(shutdown); err != nil {
		return fmt.Errorf("requests still running after %s: %w", cfg.Grace, err)
	}
	if err := <-failed; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
