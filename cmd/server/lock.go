package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// errServing says that another process serves from the data directory or replaces its database.
var errServing = errors.New("the data directory is in use")

// lockData takes the data directory for this process alone and creates it when it is missing. The lock goes with the
// process, however it ends; its file stays. The error is errServing when another process has the lock.
func lockData(cfg config) (unlock func() error, err error) {
	if err := os.MkdirAll(cfg.DataDir, 0o700); err != nil {
		return nil, explainDisk(fmt.Errorf("create the data directory: %w", err), cfg.DataDir)
	}
	path := filepath.Join(cfg.DataDir, "muster.lock")
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, explainDisk(fmt.Errorf("open the lock of the data directory: %w", err), cfg.DataDir)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	switch {
	case errors.Is(err, syscall.EWOULDBLOCK):
		return nil, errors.Join(errServing, f.Close())
	case err != nil:
		return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), f.Close())
	}
	return f.Close, nil
}
