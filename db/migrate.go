package db

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the schema up to date. A database with data is copied first; one from a newer Muster is refused.
func (d *DB) migrate(ctx context.Context) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, d.w, files)
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	current, target, err := provider.GetVersions(ctx)
	switch {
	case err != nil:
		return fmt.Errorf("read the schema version: %w", err)
	case current > target:
		return fmt.Errorf("the database was written by a newer Muster (schema %d, this one knows %d): start that version, or restore an older backup", current, target)
	case current == target:
		return nil
	case current > 0:
		copyTo := fmt.Sprintf("%s.before-schema-%d", d.path, target)
		if err := d.Backup(ctx, copyTo); err != nil && !errors.Is(err, os.ErrExist) {
			return fmt.Errorf("copy the database before changing its schema: %w", err)
		}
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("bring the schema up to date: %w", err)
	}
	return nil
}

func schemaVersion(ctx context.Context, q querier) (int64, error) {
	return one[int64](ctx, q, "SELECT max(version_id) FROM goose_db_version WHERE is_applied")
}
