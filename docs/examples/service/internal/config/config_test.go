package config_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/service/internal/config"
)

func TestParse(t *testing.T) {
	cfg, err := config.Parse([]byte("grace: 3s\nlinks:\n  docs: https://example.com/docs\n"))
	require.NoError(t, err)
	assert.Equal(t, config.Config{
		Listen: "127.0.0.1:8080",
		Grace:  3 * time.Second,
		Links:  map[string]string{"docs": "https://example.com/docs"},
	}, cfg)
}

func TestParseEmptyFileGivesDefaults(t *testing.T) {
	cfg, err := config.Parse(nil)
	require.NoError(t, err)
	assert.Equal(t, 10*time.Second, cfg.Grace)
	assert.Empty(t, cfg.Links)
}

func TestParseRefuses(t *testing.T) {
	tests := map[string]struct{ text, message string }{
		"unknown key":   {"listne: localhost:80", "listne"},
		"odd name":      {"links: {Docs: 'https://example.com'}", "lower-case"},
		"no address":    {"links: {docs: example}", "not an http"},
		"other scheme":  {"links: {docs: 'ftp://example.com'}", "not an http"},
		"broken escape": {"links: {docs: 'https://example.com/%zz'}", "invalid URL escape"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := config.Parse([]byte(test.text))
			assert.ErrorContains(t, err, test.message)
		})
	}
}
