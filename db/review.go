package db

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Bounds of reviews.
const (
	MaxChoices   = 20_000
	reviewAge    = 24 * time.Hour
	confirmSites = 20 // from more sites than that on, the number of tasks has to be typed
)

// OpenReview keeps what a person wants done, to be looked at before it starts. Its token names it for a day, for this person alone.
func (d *DB) OpenReview(ctx context.Context, v Viewer, title string, choices []Choice) (token string, err error) {
	return d.openReview(ctx, v, review{title: title, choices: choices})
}

// ReviewBasket opens a review of a copy of the viewer's basket.
func (d *DB) ReviewBasket(ctx context.Context, v Viewer) (token string, err error) {
	if err := v.mayRun(); err != nil {
		return "", err
	}
	choices, err := d.basketChoices(ctx, v)
	if err != nil {
		return "", err
	}
	if len(choices) == 0 {
		return "", fmt.Errorf("%w: nothing is chosen", ErrInvalid)
	}
	return d.openReview(ctx, v, review{title: titleOf(choices), choices: choices, fromBasket: true})
}

// retryable is the condition on t (tasks) of Retries. A new site needs its password again: its form is where that is retried.
const retryable = "t.action <> 'add_site' AND (t.state = 'failed' OR t.state = 'unknown' AND t.look_at IS NULL OR t.state = 'skipped' AND t.outcome = 'window')"

// ReviewRetry opens a review of a run's Retries, at the target that is offered now.
func (d *DB) ReviewRetry(ctx context.Context, v Viewer, runID int64) (token string, n int, err error) {
	if err := v.mayRun(); err != nil {
		return "", 0, err
	}
	run, err := d.Run(ctx, v, runID)
	if err != nil {
		return "", 0, err
	}
	in := v.tasks("t")
	tasks, err := collect(ctx, d.r, scanTask, "SELECT "+taskColumns+" FROM tasks t WHERE t.run_id = ? AND "+retryable+" AND "+in.sql+" ORDER BY t.seq", append([]any{runID}, in.args...)...)
	if err != nil {
		return "", 0, fmt.Errorf("list the failed tasks of run %d: %w", runID, err)
	}
	if len(tasks) == 0 {
		return "", 0, fmt.Errorf("%w: nothing of this run failed", ErrInvalid)
	}
	choices := make([]Choice, len(tasks))
	for i, t := range tasks {
		choices[i] = Choice{Action: t.Action, Site: t.SiteID, Dashboard: t.DashboardID, Kind: t.Kind, Slug: t.Slug, Name: t.Name, From: t.From, To: t.To, Params: t.Params}
	}
	p, err := d.newPlanner(ctx, d.r, v, choices)
	if err != nil {
		return "", 0, err
	}
	for i := range choices {
		p.takeTarget(&choices[i])
	}
	title, _ := strings.CutPrefix(run.Title, "Again: ")
	token, err = d.openReview(ctx, v, review{title: "Again: " + title, choices: choices, retryOf: runID})
	return token, len(choices), err
}

// takeTarget makes the target that is offered now the chosen one.
func (p *planner) takeTarget(c *Choice) {
	if u, ok := p.updates[ItemRef{c.Site, c.Kind, c.Slug}]; ok && c.Action == ActUpdate {
		c.From, c.To = u.From, u.To
	}
}

// titleOf names a set of updates.
func titleOf(choices []Choice) string {
	sites, items := map[int64]bool{}, map[itemKey]bool{}
	for _, c := range choices {
		sites[c.Site], items[itemKey{c.Kind, c.Slug}] = true, true
	}
	what := fmt.Sprintf("%d updates", len(choices))
	if len(items) == 1 {
		what = choices[0].Name
	}
	return onSites(what, len(sites))
}

func onSites(what string, n int) string {
	if n == 1 {
		return what + " on one site"
	}
	return fmt.Sprintf("%s on %d sites", what, n)
}

// titleNow names what starts; the title that the review was opened with also counts what has been left out since.
func (r *review) titleNow(tasks []Planned) string {
	choices := make([]Choice, len(tasks))
	for i, x := range tasks {
		if x.Action != ActUpdate || r.retryOf != 0 {
			return r.title
		}
		choices[i] = x.Choice
	}
	return cut(titleOf(choices), 200)
}

// review is a row of reviews.
type review struct {
	token, title    string
	user            int64
	created         time.Time
	choices         []Choice
	fromBasket      bool
	retryOf         int64
	run, scheduleID int64
}

func (d *DB) openReview(ctx context.Context, v Viewer, r review) (string, error) {
	if err := v.mayRun(); err != nil {
		return "", err
	}
	if err := checkChoices(r.choices); err != nil {
		return "", err
	}
	text, err := json.Marshal(r.choices)
	if err != nil {
		return "", err
	}
	raw := make([]byte, 16)
	if _, err := rand.Read(raw); err != nil {
		return "", err
	}
	token := hex.EncodeToString(raw)
	now := d.now()
	err = d.tx(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "DELETE FROM reviews WHERE created_at < ?", now.Add(-reviewAge).Unix()); err != nil {
			return fmt.Errorf("drop old reviews: %w", err)
		}
		_, err := tx.ExecContext(ctx, "INSERT INTO reviews (token, user_id, created_at, seen_at, title, choices, retry_of, from_basket) VALUES (?, ?, ?, ?, ?, ?, nullif(?, 0), ?)",
			token, v.UserID, now.Unix(), now.Unix(), cut(strings.TrimSpace(r.title), 200), string(text), r.retryOf, r.fromBasket)
		if err != nil {
			return fmt.Errorf("open the review: %w", err)
		}
		return nil
	})
	return token, err
}

// checkChoices refuses what no run can hold.
func checkChoices(choices []Choice) error {
	switch {
	case len(choices) == 0:
		return fmt.Errorf("%w: nothing is chosen", ErrInvalid)
	case len(choices) > MaxChoices:
		return fmt.Errorf("%w: a run can hold %d tasks at most", ErrInvalid, MaxChoices)
	}
	for _, c := range choices {
		if err := c.check(); err != nil {
			return err
		}
	}
	return nil
}

func (c *Choice) check() error {
	bad := func(what string) error { return fmt.Errorf("%w: %s", ErrInvalid, what) }
	switch c.Action {
	case ActUpdate:
		if _, ok := kindColumns[c.Kind]; !ok || c.Slug == "" {
			return bad("an update needs an item")
		}
	case ActActivatePlugin, ActDeactivatePlugin, ActDeletePlugin:
		if c.Kind != Plugin || c.Slug == "" {
			return bad("choose a plugin")
		}
	case ActActivateTheme, ActDeleteTheme:
		if c.Kind != Theme || c.Slug == "" {
			return bad("choose a theme")
		}
	case ActIgnoreItem:
		if c.Kind != Plugin && c.Kind != Theme || c.Slug == "" {
			return bad("choose a plugin or a theme")
		}
	case ActIgnoreKind, ActUnignoreKind:
		if c.Kind != Plugin && c.Kind != Theme && c.Kind != Core {
			return bad("choose plugins, themes or WordPress")
		}
	case ActRefresh, ActSync, ActReconnect, ActCheck, ActSuspend, ActUnsuspend, ActEditSite, ActRemoveSite:
	case ActAddSite, ActAddClient, ActEditClient, ActRemoveClient, ActAddTag, ActEditTag, ActRemoveTag:
		if c.Dashboard == 0 || c.Site != 0 {
			return bad("choose a Dashboard")
		}
		return nil
	default:
		return bad("this action is not known")
	}
	if c.Site == 0 {
		return bad("choose a site")
	}
	return nil
}

// readReview reads a person's own review; ErrNotFound for any other, and after a day.
func (d *DB) readReview(ctx context.Context, q querier, v Viewer, token string) (review, error) {
	r := review{token: token}
	if err := v.mayRun(); err != nil {
		return r, err
	}
	var text string
	row := q.QueryRowContext(ctx, "SELECT user_id, created_at, title, choices, from_basket, coalesce(retry_of, 0), coalesce(run_id, 0), coalesce(schedule_id, 0) FROM reviews WHERE token = ? AND user_id = ? AND created_at >= ?",
		token, v.UserID, d.now().Add(-reviewAge).Unix())
	if err := row.Scan(&r.user, at(&r.created), &r.title, &text, &r.fromBasket, &r.retryOf, &r.run, &r.scheduleID); err != nil {
		if errors.Is(err, sql.ErrNoRows) {
			return r, ErrNotFound
		}
		return r, fmt.Errorf("read a review: %w", err)
	}
	if err := json.Unmarshal([]byte(text), &r.choices); err != nil {
		return r, fmt.Errorf("read the choices of a review: %w", err)
	}
	return r, nil
}

// changeReview changes the choices of a review that was not used yet.
func (d *DB) changeReview(ctx context.Context, v Viewer, token string, change func(tx *sql.Tx, r *review) error) error {
	return d.tx(ctx, func(tx *sql.Tx) error {
		r, err := d.readReview(ctx, tx, v, token)
		if err != nil {
			return err
		}
		if r.run != 0 || r.scheduleID != 0 {
			return fmt.Errorf("%w: it has started already", ErrConflict)
		}
		if err := change(tx, &r); err != nil {
			return err
		}
		text, err := json.Marshal(r.choices)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "UPDATE reviews SET choices = ?, seen_at = ? WHERE token = ?", string(text), d.now().Unix(), token)
		return err
	})
}

// ReviewLeaveOut takes choices out of a review; the basket keeps them. why is "" for the items given (for choices without an item: kind and
// slug empty, the site's choices), "major" for all major steps, "core" for all of WordPress itself.
func (d *DB) ReviewLeaveOut(ctx context.Context, v Viewer, token string, items []ItemRef, why string) error {
	return d.changeReview(ctx, v, token, func(tx *sql.Tx, r *review) error {
		drop := refSet(items)
		if why == "major" || why == "core" {
			p, err := d.newPlanner(ctx, tx, v, r.choices)
			if err != nil {
				return err
			}
			for _, x := range p.plan(r.choices) {
				if x.Action == ActUpdate && (why == "core" && x.Kind == Core || why == "major" && x.Step == Major) {
					drop[x.ref()] = true
				}
			}
		}
		r.choices = slices.DeleteFunc(r.choices, func(c Choice) bool { return drop[c.ref()] })
		return nil
	})
}

// ReviewTake makes the targets that are offered now the chosen ones, in the basket as well. No items: of all changed ones.
func (d *DB) ReviewTake(ctx context.Context, v Viewer, token string, items []ItemRef) error {
	return d.changeReview(ctx, v, token, func(tx *sql.Tx, r *review) error {
		p, err := d.newPlanner(ctx, tx, v, r.choices)
		if err != nil {
			return err
		}
		take := refSet(items)
		for i := range r.choices {
			c := &r.choices[i]
			if len(items) > 0 && !take[c.ref()] {
				continue
			}
			was := c.To
			if p.takeTarget(c); c.To == was {
				continue
			}
			_, err := tx.ExecContext(ctx, "UPDATE basket SET from_version = ?, to_version = ? WHERE user_id = ? AND site_id = ? AND kind = ? AND slug = ?", c.From, c.To, v.UserID, c.Site, c.Kind, c.Slug)
			if err != nil {
				return fmt.Errorf("take a target into the basket: %w", err)
			}
		}
		return nil
	})
}

// ReviewAnyway includes updates although the site's PHP or WordPress is too old for them, as far as it is known.
func (d *DB) ReviewAnyway(ctx context.Context, v Viewer, token string, items []ItemRef) error {
	return d.changeReview(ctx, v, token, func(_ *sql.Tx, r *review) error {
		take := refSet(items)
		for i := range r.choices {
			if c := &r.choices[i]; take[c.ref()] && c.Action == ActUpdate {
				c.Anyway = true
			}
		}
		return nil
	})
}

func (c *Choice) ref() ItemRef { return ItemRef{c.Site, c.Kind, c.Slug} }

func refSet(items []ItemRef) map[ItemRef]bool {
	set := make(map[ItemRef]bool, len(items))
	for _, i := range items {
		set[i] = true
	}
	return set
}
