// Package server answers the service's HTTP requests.
package server

import (
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// New returns the handler of the service: /{name} redirects, /healthz says ok, /metrics is for Prometheus.
func New(links map[string]string, log *slog.Logger) http.Handler {
	registry := prometheus.NewRegistry()
	redirects := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "service_redirects_total",
		Help: "Redirects by short name.",
	}, []string{"name"})
	duration := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "service_request_duration_seconds",
		Help:    "Time to answer a request, by status code.",
		Buckets: prometheus.DefBuckets,
	}, []string{"code"})
	registry.MustRegister(collectors.NewGoCollector(), redirects, duration)

	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "ok\n")
	})
	mux.HandleFunc("GET /{name}", func(w http.ResponseWriter, r *http.Request) {
		name := r.PathValue("name")
		target, ok := links[name]
		if !ok {
			http.NotFound(w, r)
			return
		}
		// Only configured names become label values, so that requests cannot grow the metrics without bound.
		redirects.WithLabelValues(name).Inc()
		http.Redirect(w, r, target, http.StatusFound)
	})
	return logged(log, promhttp.InstrumentHandlerDuration(duration, mux))
}

// logged writes one structured line for each request.
func logged(log *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		recorder := &statusRecorder{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(recorder, r)
		log.InfoContext(r.Context(), "request",
			"method", r.Method, "path", r.URL.Path, "status", recorder.status, "took", time.Since(start))
	})
}

// statusRecorder remembers the status code that was sent.
type statusRecorder struct {
	http.ResponseWriter
	status int
}

func (s *statusRecorder) WriteHeader(status int) {
	s.status = status
	s.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the writer below.
func (s *statusRecorder) Unwrap() http.ResponseWriter { return s.ResponseWriter }
