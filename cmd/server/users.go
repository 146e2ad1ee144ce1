package main

import (
	"context"
	"errors"
	"fmt"

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
	password, err := a.secretInput(*file, "password")
	if err != nil {
		return err
	}
	if err := web.CheckPassword(password); err != nil {
		return fmt.Errorf("the password is not usable: %w", err)
	}
	hash, err := web.HashPassword(password)
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
