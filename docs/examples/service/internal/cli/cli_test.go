package cli_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/service/internal/cli"
)

func writeConfig(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "service.yaml")
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	return file
}

func TestCheckCountsLinks(t *testing.T) {
	file := writeConfig(t, "links:\n  docs: https://example.com/docs\n")
	var out bytes.Buffer
	cmd := cli.New()
	cmd.SetOut(&out)
	cmd.SetArgs([]string{"check", "--config", file})
	require.NoError(t, cmd.Execute())
	assert.Equal(t, file+": 1 links\n", out.String())
}

func TestCheckReportsMistakes(t *testing.T) {
	cmd := cli.New()
	cmd.SetOut(&bytes.Buffer{})
	cmd.SetErr(&bytes.Buffer{})
	cmd.SetArgs([]string{"check", "--config", writeConfig(t, "links:\n  docs: not an address\n")})
	assert.ErrorContains(t, cmd.Execute(), `link "docs"`)
}

func TestServeStopsWhenInterrupted(t *testing.T) {
	file := writeConfig(t, "listen: 127.0.0.1:0\nlinks:\n  docs: https://example.com/docs\n")
	ctx, cancel := context.WithCancel(t.Context())
	logged := &firstWrite{done: cancel}
	cmd := cli.New()
	cmd.SetErr(logged)
	cmd.SetArgs([]string{"serve", "--config", file})
	require.NoError(t, cmd.ExecuteContext(ctx))
	assert.Contains(t, logged.String(), `"msg":"listening"`)
	assert.Contains(t, logged.String(), `"msg":"stopping"`)
}

// firstWrite collects what is written, and calls done at the first write.
type firstWrite struct {
	bytes.Buffer
	done func()
}

func (w *firstWrite) Write(p []byte) (int, error) {
	defer w.done()
	return w.Buffer.Write(p)
}
