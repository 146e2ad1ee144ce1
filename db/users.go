package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// User is a person of the agency.
type User struct {
	ID                    int64
	Email, Name           string
	Role                  Role
	Theme, TimeZone       string // theme: system, light, dark; zone: IANA name, empty = the server's
	CreatedAt, DisabledAt time.Time
}

// NewUser is a person to be added; PasswordHash is an encoded argon2id hash.
type NewUser struct {
	Email, Name, PasswordHash string
	Role                      Role
}

const userColumns = "u.id, u.email, u.name, u.role, u.theme, u.time_zone, u.created_at, u.disabled_at"

func (u *User) fields() []any {
	return []any{&u.ID, &u.Email, &u.Name, &u.Role, &u.Theme, &u.TimeZone, at(&u.CreatedAt), at(&u.DisabledAt)}
}

// HasUsers reports whether anybody can sign in.
func (d *DB) HasUsers(ctx context.Context) (bool, error) {
	n, err := one[int](ctx, d.r, "SELECT EXISTS (SELECT 1 FROM users)")
	return n == 1, err
}

// CreateFirstOwner adds the first person; ErrConflict when there is one already.
func (d *DB) CreateFirstOwner(ctx context.Context, n NewUser) (User, error) {
	n.Role = Owner
	var u User
	err := d.tx(ctx, func(tx *sql.Tx) error {
		if has, err := one[int](ctx, tx, "SELECT EXISTS (SELECT 1 FROM users)"); err != nil || has == 1 {
			return errors.Join(err, conflictIf(has == 1, "there is an owner already"))
		}
		var err error
		u, err = d.insertUser(ctx, tx, n)
		return err
	})
	return u, err
}

// CreateUser adds a person; ErrConflict when the address is taken, ErrInvalid for an unknown role or an empty field.
func (d *DB) CreateUser(ctx context.Context, n NewUser) (User, error) {
	var u User
	err := d.tx(ctx, func(tx *sql.Tx) error {
		var err error
		u, err = d.insertUser(ctx, tx, n)
		return err
	})
	return u, err
}

func (d *DB) insertUser(ctx context.Context, tx *sql.Tx, n NewUser) (User, error) {
	n.Email, n.Name = strings.ToLower(strings.TrimSpace(n.Email)), strings.TrimSpace(n.Name)
	switch n.Role {
	case Owner, Manager, Operator, Reader:
	default:
		return User{}, fmt.Errorf("%w: role %q is not one of owner, manager, operator, viewer", ErrInvalid, n.Role)
	}
	if n.Email == "" || n.Name == "" || n.PasswordHash == "" {
		return User{}, fmt.Errorf("%w: e-mail, name and password are needed", ErrInvalid)
	}
	now := d.now()
	u := User{Email: n.Email, Name: n.Name, Role: n.Role, Theme: "system", CreatedAt: now.UTC().Truncate(time.Second)}
	res, err := tx.ExecContext(ctx, "INSERT INTO users (email, name, role, password_hash, created_at) VALUES (?, ?, ?, ?, ?)", n.Email, n.Name, n.Role, n.PasswordHash, now.Unix())
	if isUnique(err) {
		return User{}, fmt.Errorf("%w: %s has an account already", ErrConflict, n.Email)
	}
	if err != nil {
		return User{}, fmt.Errorf("add the user: %w", err)
	}
	u.ID, err = res.LastInsertId()
	return u, err
}

// SignInUser finds the person behind an e-mail address with the password's hash; disabled people are not found.
func (d *DB) SignInUser(ctx context.Context, email string) (u User, passwordHash string, err error) {
	row := d.r.QueryRowContext(ctx, "SELECT "+userColumns+", u.password_hash FROM users u WHERE u.email = ? AND u.disabled_at IS NULL", strings.TrimSpace(email))
	err = row.Scan(append(u.fields(), &passwordHash)...)
	return u, passwordHash, noRows(err)
}

// SetPassword replaces a person's password and ends all sessions; ErrNotFound for an unknown address.
func (d *DB) SetPassword(ctx context.Context, email, hash string) error {
	return d.tx(ctx, func(tx *sql.Tx) error {
		if err := affected(tx.ExecContext(ctx, "UPDATE users SET password_hash = ? WHERE email = ?", hash, strings.TrimSpace(email))); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "DELETE FROM sessions WHERE user_id = (SELECT id FROM users WHERE email = ?)", strings.TrimSpace(email))
		return err
	})
}

// SetTheme sets the viewer's own theme: system, light or dark.
func (d *DB) SetTheme(ctx context.Context, v Viewer, theme string) error {
	switch theme {
	case "system", "light", "dark":
		return affected(d.w.ExecContext(ctx, "UPDATE users SET theme = ? WHERE id = ?", theme, v.UserID))
	}
	return fmt.Errorf("%w: the theme is system, light or dark", ErrInvalid)
}

// SetTimeZone sets the viewer's own time zone by its IANA name; empty is the server's.
func (d *DB) SetTimeZone(ctx context.Context, v Viewer, zone string) error {
	if _, err := time.LoadLocation(zone); err != nil {
		return fmt.Errorf("%w: %q is no time zone; write it like Europe/Berlin", ErrInvalid, zone)
	}
	return affected(d.w.ExecContext(ctx, "UPDATE users SET time_zone = ? WHERE id = ?", zone, v.UserID))
}

// viewer is what a person may see: everything without limits, else what user_limits names.
func (d *DB) viewer(ctx context.Context, u User) (Viewer, error) {
	type limit struct {
		kind string
		ref  Ref
	}
	limits, err := collect(ctx, d.r, func(row scanner, l *limit) error { return row.Scan(&l.kind, &l.ref.Dashboard, &l.ref.ID) },
		"SELECT kind, dashboard_id, remote_id FROM user_limits WHERE user_id = ?", u.ID)
	if err != nil {
		return Viewer{}, fmt.Errorf("read the limits of user %d: %w", u.ID, err)
	}
	v := Viewer{UserID: u.ID, Role: u.Role, All: len(limits) == 0}
	for _, l := range limits {
		switch l.kind {
		case "dashboard":
			v.Dashboards = append(v.Dashboards, l.ref.Dashboard)
		case "client":
			v.Clients = append(v.Clients, l.ref)
		case "tag":
			v.Tags = append(v.Tags, l.ref)
		}
	}
	return v, nil
}

func noRows(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	return err
}

func conflictIf(yes bool, what string) error {
	if yes {
		return fmt.Errorf("%w: %s", ErrConflict, what)
	}
	return nil
}

func isUnique(err error) bool {
	var se *sqlite.Error
	return errors.As(err, &se) && (se.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || se.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
}
