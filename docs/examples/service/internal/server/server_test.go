package server_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/service/internal/server"
)

func get(t *testing.T, handler http.Handler, path string) *http.Response {
	t.Helper()
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody))
	return recorder.Result()
}

func TestRedirect(t *testing.T) {
	handler := server.New(map[string]string{"docs": "https://example.com/docs"}, slog.New(slog.DiscardHandler))
	response := get(t, handler, "/docs")
	assert.Equal(t, http.StatusFound, response.StatusCode)
	assert.Equal(t, "https://example.com/docs", response.Header.Get("Location"))
	assert.Equal(t, http.StatusNotFound, get(t, handler, "/other").StatusCode)
	assert.Equal(t, http.StatusOK, get(t, handler, "/healthz").StatusCode)
}

func TestMetricsCountRedirects(t *testing.T) {
	handler := server.New(map[string]string{"docs": "https://example.com/docs"}, slog.New(slog.DiscardHandler))
	for range 2 {
		get(t, handler, "/docs")
	}
	get(t, handler, "/other")
	body, err := io.ReadAll(get(t, handler, "/metrics").Body)
	require.NoError(t, err)
	assert.Contains(t, string(body), `service_redirects_total{name="docs"} 2`)
	assert.NotContains(t, string(body), `name="other"`)
	assert.Contains(t, string(body), `service_request_duration_seconds_count{code="404"} 1`)
}

func TestEveryRequestIsLogged(t *testing.T) {
	var out bytes.Buffer
	handler := server.New(nil, slog.New(slog.NewJSONHandler(&out, nil)))
	get(t, handler, "/missing")
	var line struct {
		Msg, Method, Path string
		Status            int
	}
	require.NoError(t, json.Unmarshal(out.Bytes(), &line))
	assert.Equal(t, "request", line.Msg)
	assert.Equal(t, "/missing", line.Path)
	assert.Equal(t, http.StatusNotFound, line.Status)
}

func TestServesOverARealConnection(t *testing.T) {
	listening := httptest.NewServer(server.New(nil, slog.New(slog.DiscardHandler)))
	defer listening.Close()
	response, err := listening.Client().Get(listening.URL + "/healthz")
	require.NoError(t, err)
	defer func() { assert.NoError(t, response.Body.Close()) }()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	assert.Equal(t, "ok\n", string(body))
}
