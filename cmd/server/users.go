package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"muster/db"
	"muster/web"
)

// userAdd adds a person. Unlike the other commands it may be the first one ever run.
func (a *app) userAdd(ctx context.Context, args []string) (err error) {
	fs := a.flags("user add")
	email := fs.String("email", "", "e-mail address to sign in with")
	name := fs.String("name", "", "name as pages show it")
	role := fs.String("role", string(db.Owner), "owner, manager, operator or viewer")
	file := fs.String("password-file", "", "file with the password; without it standard input is read")
	if err := a.parse(fs, args); err != nil {
		return err
	}
	if *email == "" || *name == "" {
		return usageError("muster user add: -email and -name are needed")
	}
	if err := web.CheckEmail(*email); err != nil {
		return err
	}
	hash, err := a.passwordHash(*file)
	if err != nil {
		return err
	}
	cfg, err := loadConfig(a.getenv)
	if err != nil {
		return err
	}
	store, err := openStore(ctx, cfg, a.logger(cfg.LogLevel))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	user, err := store.CreateUser(ctx, db.NewUser{Email: *email, Name: *name, PasswordHash: hash, Role: db.Role(*role)})
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "Added %s (%s) as %s.\n", user.Name, user.Email, user.Role)
	return nil
}

// userPassword gives a person another password and signs them out everywhere.
func (a *app) userPassword(ctx context.Context, args []string) error {
	fs := a.flags("user password")
	email := fs.String("email", "", "e-mail address of the person")
	file := fs.String("password-file", "", "file with the new password; without it standard input is read")
	if err := a.parse(fs, args); err != nil {
		return err
	}
	if *email == "" {
		return usageError("muster user password: -email is needed")
	}
	hash, err := a.passwordHash(*file)
	if err != nil {
		return err
	}
	return a.withStore(ctx, func(_ config, store *db.DB) error {
		address := strings.ToLower(strings.TrimSpace(*email))
		switch err := store.SetPassword(ctx, address, hash); {
		case errors.Is(err, db.ErrNotFound):
			return fmt.Errorf("nobody has the e-mail address %s: `muster user add` adds a person", address)
		case err != nil:
			return fmt.Errorf("save the password: %w", err)
		}
		fmt.Fprintf(a.stdout, "%s has a new password and is signed out everywhere.\n", address)
		return nil
	})
}

// passwordHash reads a password from a file or from standard input and hashes it, if a person may choose it.
func (a *app) passwordHash(file string) (string, error) {
	password, err := a.secretInput(file, "password")
	if err != nil {
		return "", err
	}
	if err := web.CheckPassword(password); err != nil {
		return "", fmt.Errorf("the password is not usable: %w", err)
	}
	return web.HashPassword(password)
}
