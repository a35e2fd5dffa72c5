// Package config reads the configuration file of the service.
package config

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"os"
	"regexp"
	"slices"
	"time"

	"go.yaml.in/yaml/v3"
)

// Config is what the configuration file says, with defaults filled in.
type Config struct {
	// Listen is the address to listen on, such as "127.0.0.1:8080".
	Listen string `yaml:"listen"`
	// Grace is how long running requests may take to finish when the service stops.
	Grace time.Duration `yaml:"grace"`
	// Links maps short names to the addresses they redirect to.
	Links map[string]string `yaml:"links"`
}

// GraceContext returns a context that ends when the grace period has passed.
func (c Config) GraceContext() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), c.Grace)
}

// Load reads and checks a configuration file.
func Load(file string) (Config, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return Config{}, err
	}
	cfg, err := Parse(data)
	if err != nil {
		return Config{}, fmt.Errorf("%s: %w", file, err)
	}
	return cfg, nil
}

// Parse checks the text of a configuration file. An unknown key is a mistake; all wrong links are reported at once.
func Parse(data []byte) (Config, error) {
	cfg := Config{Listen: "127.0.0.1:8080", Grace: 10 * time.Second}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	if err := decoder.Decode(&cfg); err != nil && !errors.Is(err, io.EOF) {
		return Config{}, err
	}
	var mistakes []error
	for _, name := range slices.Sorted(maps.Keys(cfg.Links)) {
		if err := checkLink(name, cfg.Links[name]); err != nil {
			mistakes = append(mistakes, fmt.Errorf("link %q: %w", name, err))
		}
	}
	return cfg, errors.Join(mistakes...)
}

var linkName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]*$`)

func checkLink(name, target string) error {
	if !linkName.MatchString(name) {
		return errors.New("a name is lower-case letters, digits and hyphens")
	}
	address, err := url.Parse(target)
	if err != nil {
		return err
	}
	if (address.Scheme != "http" && address.Scheme != "https") || address.Host == "" {
		return fmt.Errorf("%q is not an http or https address", target)
	}
	return nil
}
