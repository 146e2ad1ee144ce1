// Command muster is one panel over many MainWP Dashboards: it mirrors them into SQLite and serves pages from there.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	_ "time/tzdata" // people choose a time zone, and containers often have no zone database
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	err := run(ctx, os.Args[1:], os.Getenv, os.Stdin, os.Stdout, os.Stderr)
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "muster:", err)
	}
	os.Exit(exitCode(err))
}

// exitCode is 0 when all went well, 2 for a command line that cannot be read, else 1.
func exitCode(err error) int {
	var usage usageError
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return 0
	case errors.As(err, &usage):
		return 2
	}
	return 1
}

// usageError is a command line that cannot be read; its text says what would be right.
type usageError string

func (e usageError) Error() string { return string(e) }

// app is what every command gets from outside.
type app struct {
	getenv         func(string) string
	stdin          io.Reader
	stdout, stderr io.Writer
}

// command is one subcommand; the name may be of two words.
type command struct {
	name, args, about string
	run               func(a *app, ctx context.Context, args []string) error
}

func commands() []command {
	return []command{
		{"serve", "", "serve the panel and mirror the Dashboards (this is what happens without a command)", (*app).serve},
		{"demo", "[-addr A] [-sites N] [-dashboards N]", "show the panel over made-up Dashboards, in a temporary database", (*app).demo},
		{"user add", "-email E -name N [-role R] [-password-file F]", "add a person; the password comes from the file or from standard input", (*app).userAdd},
		{"user password", "-email E [-password-file F]", "give a person another password and sign them out everywhere; it comes from the file or from standard input", (*app).userPassword},
		{"dashboard add", "-url U [-name N] [-key-file F] [-read-only] [-query-key]", "check and connect a Dashboard; the key comes from the file or from standard input", (*app).dashboardAdd},
		{"dashboard list", "", "list the connected Dashboards and how they fare", (*app).dashboardList},
		{"dashboard check", "ID|NAME", "check the connection to a Dashboard step by step", (*app).dashboardCheck},
		{"dashboard remove", "[-yes] ID|NAME", "disconnect a Dashboard; without -yes say only what would be lost", (*app).dashboardRemove},
		{"backup", "FILE", "write a copy of the database to a new file, also while the server runs", (*app).backup},
		{"restore", "FILE", "put a backup in the place of the database; stop the server first", (*app).restore},
		{"doctor", "", "look at the database, the seal key, the schedule and the clock", (*app).doctor},
		{"healthcheck", "", "ask the running server whether it is well", (*app).healthcheck},
		{"help", "", "print this list", (*app).help},
	}
}

// run is the whole program; only main exits. It returns nil, flag.ErrHelp after printing help, a usageError, or one
// sentence that says what went wrong.
func run(ctx context.Context, args []string, getenv func(string) string, stdin io.Reader, stdout, stderr io.Writer) error {
	a := &app{getenv: getenv, stdin: stdin, stdout: stdout, stderr: stderr}
	cmd, rest, err := find(args)
	if err != nil {
		return err
	}
	return cmd.run(a, ctx, rest)
}

// find takes one or two words off args; without any it is serve.
func find(args []string) (command, []string, error) {
	if len(args) == 0 {
		args = []string{"serve"}
	}
	switch args[0] {
	case "-h", "-help", "--help":
		args = []string{"help"}
	}
	for _, c := range commands() {
		if c.name == args[0] {
			return c, args[1:], nil
		}
		if len(args) > 1 && c.name == args[0]+" "+args[1] {
			return c, args[2:], nil
		}
	}
	return command{}, nil, usageError(fmt.Sprintf("there is no command %q: `muster help` lists them", args[0]))
}

func (a *app) help(_ context.Context, _ []string) error {
	fmt.Fprintf(a.stdout, "Muster %s shows the sites of all your MainWP Dashboards on one page.\n\nUsage: muster [command]\n\n", version())
	for _, c := range commands() {
		fmt.Fprintf(a.stdout, "  muster %s %s\n      %s\n", c.name, c.args, c.about)
	}
	fmt.Fprint(a.stdout, "\nSettings come from the environment (MUSTER_ADDR, MUSTER_DATA_DIR, …): see README.md.\n")
	return nil
}

// flags makes the flag set of a command; its help goes to standard output.
func (a *app) flags(name string) *flag.FlagSet {
	fs := flag.NewFlagSet("muster "+name, flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	return fs
}

// parse reads args and wants exactly the named arguments after the flags.
func (a *app) parse(fs *flag.FlagSet, args []string, names ...string) error {
	err := fs.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		fs.SetOutput(a.stdout)
		fs.Usage()
		return err
	}
	if err != nil {
		return usageError(fmt.Sprintf("%s: %v", fs.Name(), err))
	}
	if fs.NArg() != len(names) {
		return usageError(fmt.Sprintf("%s: wants %s", fs.Name(), wanted(names)))
	}
	return nil
}

func wanted(names []string) string {
	switch len(names) {
	case 0:
		return "no arguments"
	case 1:
		return "one argument: " + names[0]
	}
	return fmt.Sprintf("%d arguments: %v", len(names), names)
}

// logger writes JSON lines to standard error.
func (a *app) logger(level slog.Level) *slog.Logger {
	return slog.New(slog.NewJSONHandler(a.stderr, &slog.HandlerOptions{Level: level}))
}

// version is the module's version as the build recorded it.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "development build"
	}
	return info.Main.Version
}
