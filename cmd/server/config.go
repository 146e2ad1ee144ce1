package main

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"

	"muster/db"
)

// config is what the environment says. Every value has a default that works on one's own machine.
type config struct {
	Addr           string        `env:"MUSTER_ADDR" envDefault:"127.0.0.1:8080"`
	DataDir        string        `env:"MUSTER_DATA_DIR" envDefault:"./data"`
	SecretKey      string        `env:"MUSTER_SECRET_KEY"`
	SecretKeyFile  string        `env:"MUSTER_SECRET_KEY_FILE"`
	BaseURL        string        `env:"MUSTER_BASE_URL"`
	TrustedProxies networks      `env:"MUSTER_TRUSTED_PROXIES"`
	LogLevel       slog.Level    `env:"MUSTER_LOG_LEVEL" envDefault:"info"`
	HistoryDays    int           `env:"MUSTER_HISTORY_DAYS" envDefault:"400"`
	UpdateTimeout  time.Duration `env:"MUSTER_UPDATE_TIMEOUT" envDefault:"15m"`
	RunWorkers     int           `env:"MUSTER_RUN_WORKERS" envDefault:"4"`
	AllowPrivate   bool          `env:"MUSTER_ALLOW_PRIVATE_DASHBOARDS" envDefault:"true"`
}

// LogValue keeps the seal key out of logs.
func (c config) LogValue() slog.Value {
	return slog.GroupValue(slog.String("addr", c.Addr), slog.String("data_dir", c.DataDir), slog.String("base_url", c.BaseURL))
}

// loadConfig reads the MUSTER_ variables. Its error names everything that is wrong, not only the first thing.
func loadConfig(getenv func(string) string) (config, error) {
	environment := map[string]string{}
	for field := range reflect.TypeFor[config]().Fields() {
		name := field.Tag.Get("env")
		if value := getenv(name); value != "" {
			environment[name] = value
		}
	}
	c, err := env.ParseAsWithOptions[config](env.Options{Environment: environment})
	c.BaseURL = strings.TrimSuffix(c.BaseURL, "/")
	return c, joinProblems(err, c.check())
}

// check looks at what the types alone do not say.
func (c config) check() error {
	var errs []error
	if _, _, err := net.SplitHostPort(c.Addr); err != nil {
		errs = append(errs, fmt.Errorf("MUSTER_ADDR %q is no address: write it as host:port, like 127.0.0.1:8080", c.Addr))
	}
	if c.SecretKey != "" && c.SecretKeyFile != "" {
		errs = append(errs, errors.New("MUSTER_SECRET_KEY and MUSTER_SECRET_KEY_FILE are both set: keep one"))
	}
	if c.BaseURL != "" {
		u, err := url.Parse(c.BaseURL)
		if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") || u.Path != "" || u.RawQuery != "" || u.User != nil {
			errs = append(errs, fmt.Errorf("MUSTER_BASE_URL %q is no address: write it like https://muster.example.com", c.BaseURL))
		}
	}
	if c.HistoryDays < 1 {
		errs = append(errs, fmt.Errorf("MUSTER_HISTORY_DAYS is %d: it must be 1 or more", c.HistoryDays))
	}
	if c.UpdateTimeout < time.Minute || c.UpdateTimeout > 2*time.Hour {
		errs = append(errs, fmt.Errorf("MUSTER_UPDATE_TIMEOUT is %s: it must be from 1m to 2h", c.UpdateTimeout))
	}
	if c.RunWorkers < 1 || c.RunWorkers > 4 {
		errs = append(errs, fmt.Errorf("MUSTER_RUN_WORKERS is %d: it must be from 1 to 4", c.RunWorkers))
	}
	return errors.Join(errs...)
}

// joinProblems writes all problems of the environment as one sentence.
func joinProblems(errs ...error) error {
	var texts []string
	for _, err := range errs {
		var all env.AggregateError
		switch {
		case err == nil:
		case errors.As(err, &all):
			for _, one := range all.Errors {
				texts = append(texts, problem(one))
			}
		default:
			texts = append(texts, strings.Split(err.Error(), "\n")...)
		}
	}
	if len(texts) == 0 {
		return nil
	}
	return fmt.Errorf("the configuration is not usable: %s", strings.Join(texts, "; "))
}

// problem names the variable instead of the field.
func problem(err error) string {
	var parse env.ParseError
	if errors.As(err, &parse) {
		if field, ok := reflect.TypeFor[config]().FieldByName(parse.Name); ok {
			return field.Tag.Get("env") + ": " + parse.Err.Error()
		}
	}
	return err.Error()
}

// networks is a list like "10.0.0.0/8, 192.0.2.7"; one address is a network of its own.
type networks []netip.Prefix

// UnmarshalText reads the list.
func (n *networks) UnmarshalText(text []byte) error {
	for part := range strings.SplitSeq(string(text), ",") {
		part = strings.TrimSpace(part)
		if addr, err := netip.ParseAddr(part); err == nil {
			*n = append(*n, netip.PrefixFrom(addr, addr.BitLen()))
			continue
		}
		prefix, err := netip.ParsePrefix(part)
		if err != nil {
			return fmt.Errorf("%q is neither an IP address nor a network like 10.0.0.0/8", part)
		}
		*n = append(*n, prefix.Masked())
	}
	return nil
}

// databasePath is where the store's one file lives.
func (c config) databasePath() string { return filepath.Join(c.DataDir, "muster.db") }

// sealKey returns the key that seals secrets in the database: from the environment, or from secret.key in the data
// directory.
func (c config) sealKey() ([]byte, error) {
	switch {
	case c.SecretKey != "":
		return decodeKey(c.SecretKey, "MUSTER_SECRET_KEY")
	case c.SecretKeyFile != "":
		return readKey(c.SecretKeyFile)
	}
	key, err := readKey(c.keyPath())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("the seal key %s is missing: put the file back, or set MUSTER_SECRET_KEY: %w", c.keyPath(), err)
	}
	return key, err
}

// keyPath is where the seal key lives when the environment has none.
func (c config) keyPath() string { return filepath.Join(c.DataDir, "secret.key") }

// firstSealKey is sealKey, and writes a new key on the very first start. Next to a database a new key would be useless.
func (c config) firstSealKey() ([]byte, error) {
	key, err := c.sealKey()
	if !errors.Is(err, fs.ErrNotExist) || c.SecretKeyFile != "" {
		return key, err
	}
	switch _, statErr := os.Stat(c.databasePath()); {
	case statErr == nil:
		return nil, err
	case !errors.Is(statErr, fs.ErrNotExist):
		return nil, fmt.Errorf("look for the database: %w", statErr)
	}
	return writeKey(c.keyPath())
}

func readKey(path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the seal key: %w", err)
	}
	return decodeKey(string(text), path)
}

func decodeKey(text, source string) ([]byte, error) {
	key, err := db.DecodeKey(strings.TrimSpace(text))
	if err != nil {
		return nil, fmt.Errorf("the seal key in %s is not usable: it must be 32 bytes, written as base64 or hex", source)
	}
	return key, nil
}

// writeKey makes a new seal key that only this user can read.
func writeKey(path string) ([]byte, error) {
	key := db.NewKey()
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("write the seal key: %w", err)
	}
	_, err = fmt.Fprintln(f, base64.StdEncoding.EncodeToString(key))
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, errors.Join(fmt.Errorf("write the seal key: %w", err), os.Remove(path))
	}
	return key, nil
}
