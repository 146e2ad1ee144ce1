package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"muster/db"
	"muster/mainwp"
	"muster/static"
	syncer "muster/sync"
	"muster/web"
)

// How long requests under way may take when the server ends: after the first span they are told to stop, after the
// second they are cut.
const (
	shutdownGrace = 3 * time.Second
	shutdownLimit = 10 * time.Second
)

// serve runs the panel until ctx ends.
func (a *app) serve(ctx context.Context, args []string) (err error) {
	if err := a.parse(a.flags("serve"), args); err != nil {
		return err
	}
	cfg, err := loadConfig(a.getenv)
	if err != nil {
		return err
	}
	log := a.logger(cfg.LogLevel)
	listener, err := listen(ctx, cfg.Addr)
	if err != nil {
		return err
	}
	defer func() { _ = listener.Close() }() // the server closes it earlier, unless it never starts
	unlock, err := lockData(cfg)
	if errors.Is(err, errServing) {
		return fmt.Errorf("another Muster uses the data directory %s: stop it, or choose another directory (MUSTER_DATA_DIR)", cfg.DataDir)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	store, err := openStore(ctx, cfg, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	p := panel{
		store: store, listener: listener, log: log, transport: mainwp.GuardedTransport(cfg.AllowPrivate),
		syncer: syncer.Options{DB: store, AllowPrivate: cfg.AllowPrivate, Log: log, Now: time.Now, HistoryDays: cfg.HistoryDays},
		engine: syncer.EngineOptions{UpdateTimeout: cfg.UpdateTimeout, Workers: cfg.RunWorkers},
		web:    web.Options{BaseURL: cfg.BaseURL, TrustedProxies: cfg.TrustedProxies},
	}
	if p.web.SetupCode, err = setupCode(ctx, store); err != nil {
		return err
	}
	if p.web.SetupCode != "" {
		fmt.Fprintf(a.stdout, "There is no owner yet. Open Muster and create one with this one-time code: %s\n", p.web.SetupCode)
	}
	fmt.Fprintf(a.stdout, "Muster is at %s\n", cfg.address(listener))
	return p.run(ctx)
}

// listen opens the address. Its error is one sentence.
func listen(ctx context.Context, addr string) (net.Listener, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("%s is in use by another program: end that one, or choose another address (MUSTER_ADDR; demo -addr)", addr)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("%s may not be used by this user: choose a port above 1023 (MUSTER_ADDR; demo -addr)", addr)
	case err != nil:
		return nil, fmt.Errorf("listen on %s: %w", addr, err)
	}
	return listener, nil
}

// address is where a browser finds the panel.
func (c config) address(listener net.Listener) string {
	if c.BaseURL != "" {
		return c.BaseURL
	}
	return "http://" + listener.Addr().String()
}

// setupCode is what the first visitor has to enter; empty when there is an owner. Nobody guesses 60 bits.
func setupCode(ctx context.Context, store *db.DB) (string, error) {
	has, err := store.HasUsers(ctx)
	if err != nil || has {
		return "", err
	}
	t := rand.Text()
	return t[0:4] + "-" + t[4:8] + "-" + t[8:12], nil
}

// panel is a store with pages over it and a syncer behind it. Its fields are what serve and demo differ in.
type panel struct {
	store     *db.DB
	listener  net.Listener
	log       *slog.Logger
	transport http.RoundTripper
	syncer    syncer.Options
	engine    syncer.EngineOptions
	web       web.Options
	also      func(ctx context.Context) error // runs beside, until ctx ends; nil: nothing
}

// run serves pages, mirrors Dashboards and carries out runs until ctx ends, then waits for all three: requests under way
// end, a pass is cut between two pages, and what a run has sent is looked up at the next start.
func (p *panel) run(ctx context.Context) error {
	assets, err := static.New()
	if err != nil {
		return err
	}
	mirror := syncer.New(p.syncer)
	p.web.DB, p.web.Assets, p.web.Syncer, p.web.Log = p.store, assets, mirror, p.log
	p.web.Client, p.web.Now, p.web.Version = pageClient(p.transport), time.Now, version()
	var pages *web.Server
	p.engine.Changed = func(run int64) { pages.Changed(run) }
	engine := mirror.Engine(p.engine)
	p.web.Engine = pageEngine{engine}
	pages, err = web.New(p.web)
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler:           pages,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      2 * time.Minute, // a check of a slow Dashboard takes up to 90 s
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(p.log.Handler(), slog.LevelDebug),
	}
	server.RegisterOnShutdown(pages.EndStreams)
	p.log.Info("started", "addr", p.listener.Addr().String(), "version", p.web.Version)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return unlessDone(ctx, mirror.Run(ctx)) })
	group.Go(func() error { return unlessDone(ctx, engine.Run(ctx)) })
	group.Go(func() error { return p.serve(ctx, server) })
	if p.also != nil {
		group.Go(func() error { return unlessDone(ctx, p.also(ctx)) })
	}
	err = group.Wait()
	p.log.Info("stopped")
	return err
}

// serve answers requests until ctx ends, and then those that are under way.
func (p *panel) serve(ctx context.Context, server *http.Server) error {
	requests, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	server.BaseContext = func(net.Listener) context.Context { return requests }
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(p.listener) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve pages: %w", err)
	case <-ctx.Done():
	}
	defer time.AfterFunc(shutdownGrace, stop).Stop()
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownLimit)
	defer cancel()
	if err := server.Shutdown(end); err != nil {
		return errors.Join(fmt.Errorf("end the requests under way: %w", err), server.Close())
	}
	return nil
}

// unlessDone drops the error that only says that ctx ended.
func unlessDone(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return nil
	}
	return err
}
