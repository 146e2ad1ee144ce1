package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"syscall"

	"muster/db"
)

// maxInput bounds a key or password that is read from a file or from standard input.
const maxInput = 64 << 10

// operator is who a command acts as: whoever can read the data directory is an owner.
func operator() db.Viewer { return db.Viewer{Role: db.Owner, All: true} }

// openStore opens the store of the configuration and creates the data directory and seal key on the first start.
func openStore(ctx context.Context, cfg config, log *slog.Logger) (*db.DB, error) {
	if err := os.MkdirAll(cfg.DataDir, 0o700); err != nil {
		return nil, explainDisk(fmt.Errorf("create the data directory: %w", err), cfg.DataDir)
	}
	key, err := cfg.firstSealKey()
	if err != nil {
		return nil, explainDisk(err, cfg.DataDir)
	}
	store, err := db.Open(ctx, db.Options{Path: cfg.databasePath(), Key: key, Log: log})
	if err != nil {
		return nil, explainDisk(err, cfg.DataDir)
	}
	return store, nil
}

// openExisting is openStore for commands that make no sense without a database.
func openExisting(ctx context.Context, cfg config, log *slog.Logger) (*db.DB, error) {
	if _, err := os.Stat(cfg.databasePath()); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no database in %s: start `muster serve` once, or set MUSTER_DATA_DIR to where it is", cfg.DataDir)
	}
	return openStore(ctx, cfg, log)
}

// explainDisk says what to do about the troubles of a disk that this program meets before the database does.
func explainDisk(err error, dir string) error {
	switch {
	case errors.Is(err, syscall.ENOSPC):
		return fmt.Errorf("the disk that holds %s is full: free some space and start again, nothing is lost", dir)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return fmt.Errorf("cannot write in the data directory %s: give the user that runs Muster write access to it, or set MUSTER_DATA_DIR to another one", dir)
	case errors.Is(err, syscall.ENOTDIR), errors.Is(err, fs.ErrExist):
		return fmt.Errorf("the data directory %s is no directory: move the file away, or set MUSTER_DATA_DIR", dir)
	}
	return err
}

// withStore loads the configuration, opens an existing store, and closes it after fn.
func (a *app) withStore(ctx context.Context, fn func(cfg config, store *db.DB) error) error {
	cfg, err := loadConfig(a.getenv)
	if err != nil {
		return err
	}
	store, err := openExisting(ctx, cfg, a.logger(slog.LevelWarn))
	if err != nil {
		return err
	}
	return errors.Join(fn(cfg, store), store.Close())
}

// secretInput reads a key or password from a file, or from standard input when there is no file.
func (a *app) secretInput(file, what string) (string, error) {
	in := a.stdin
	if file != "" {
		f, err := os.Open(file)
		if err != nil {
			return "", fmt.Errorf("read the %s: %w", what, err)
		}
		defer f.Close()
		in = f
	} else if f, ok := a.stdin.(*os.File); ok && isTerminal(f) {
		fmt.Fprintf(a.stderr, "Type or paste the %s, then press Enter and Ctrl-D:\n", what)
	}
	b, err := io.ReadAll(io.LimitReader(in, maxInput))
	if err != nil {
		return "", fmt.Errorf("read the %s: %w", what, err)
	}
	text := strings.TrimRight(string(b), "\r\n")
	if text == "" {
		return "", fmt.Errorf("the %s is empty: give it on standard input or with -%s-file", what, what)
	}
	return text, nil
}

// isTerminal reports whether a person may be typing there.
func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
