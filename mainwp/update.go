package mainwp

import (
	"context"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"time"
)

// UpdateKind is what is updated, as it stands in the path of the API.
type UpdateKind string

// The kinds of update.
const (
	UpdateWP           UpdateKind = "wp"
	UpdatePlugins      UpdateKind = "plugins"
	UpdateThemes       UpdateKind = "themes"
	UpdateTranslations UpdateKind = "translations"
)

// UpdateTimeout is how long Update may take.
func (c *Client) UpdateTimeout(kind UpdateKind) time.Duration {
	if kind == UpdateWP {
		return 2 * c.opt.UpdateTimeout
	}
	return c.opt.UpdateTimeout
}

// Updated is what the Dashboard said to an update (API §5.5). Exactly one of
// Done, Nothing, NotOffered, Failed and Queued is true. None of them is proof:
// after it the site is synced and its versions are compared.
type Updated struct {
	Answer
	Done       bool // it says that the item was updated, and nothing else
	Nothing    bool // it answered well and names nothing that was done
	NotOffered bool // there is no such update for it: gone, ignored, or the site's flag
	Failed     bool
	Queued     bool // accepted, not done

	Failure string // Failed: the site's reason as text; "" when MainWP lost it, which it does for WordPress
	Message string // the Dashboard's own sentence as text, translated; "" without one
	JobID   string // Queued: of the job, "" without one

	Name       string
	OldVersion string // "" when the Dashboard's data was stale
	Version    string // what it says is installed now; the old one after a failure
}

// Update asks for the update of one item: a plugin by its file path, a theme by
// its folder, a translation by its text domain (all languages of it), WordPress
// without slug. Nothing is sent twice. A site that the Dashboard cannot reach is
// an Error of KindRemote, but for WordPress one of KindApplication with the code
// internal_server_error, which any other crash of PHP gives as well (API §5.5).
func (c *Client) Update(ctx context.Context, site int64, kind UpdateKind, slug string) (Updated, error) {
	var updated Updated
	r := request{
		op:     fmt.Sprintf("update %s of site %d", kind.words(), site),
		method: http.MethodPost, path: fmt.Sprintf("/updates/%d/update/%s", site, kind),
		timeout: c.UpdateTimeout(kind), answer: &updated.Answer,
	}
	if kind != UpdateWP {
		if err := needSlug(slug); err != nil {
			return Updated{}, err
		}
		r.params = params{"slug": slugParam(slug)}
	}
	err := c.call(ctx, r, func(body []byte) error {
		e, err := readEnvelope(body)
		if err != nil {
			return err
		}
		updated.Message = c.foreignText(r, e.message)
		switch {
		case e.queued():
			updated.Queued, updated.JobID = true, e.jobID
			return nil
		case !e.success.set:
			return shapeError("the answer does not say whether it was done")
		case kind == UpdateWP:
			updated.core(e)
			updated.Failure = c.foreignText(r, updated.Failure)
			return nil
		}
		err = updated.item(e, slug)
		updated.Failure = c.foreignText(r, updated.Failure)
		return err
	})
	if err != nil {
		return Updated{}, err
	}
	return updated, nil
}

// words is the kind in a sentence.
func (k UpdateKind) words() string {
	if k == UpdateWP {
		return "WordPress"
	}
	return string(k)
}

// queued holds for answers that only accept: with a job, or of a batch route
// without data (API §5.6, §17).
func (e *envelope) queued() bool {
	return e.success.n != 0 && (e.jobID != "" || e.batch && !e.hasData())
}

// updateRow is one item of an answer.
type updateRow struct {
	Success flexInt `json:"success"`
	Error   flexStr `json:"error"`
	Message flexStr `json:"message"`
	Name    flexStr `json:"name"`
	Old     flexStr `json:"old_version"`
	Version flexStr `json:"version"`
}

// core reads the answer for WordPress: versions stand in data itself.
func (u *Updated) core(e envelope) {
	var row updateRow
	hasData := e.hasData() && e.data[0] == '{' && json.Unmarshal(e.data, &row) == nil
	u.OldVersion, u.Version = string(row.Old), string(row.Version)
	switch {
	case e.success.n == 0:
		u.Failed, u.Failure, u.Message = true, e.message, ""
	case hasData && row.Version != "":
		u.Done = true
	default:
		u.Nothing = true
	}
}

// item reads the entries of slug. A failure stands under the slug and, with its
// reason, under the slug as it is written in an address.
func (u *Updated) item(e envelope, slug string) error {
	var list []entry
	if e.hasData() {
		var err error
		if list, err = entries(e.data); err != nil {
			return shapeError("the items of the answer cannot be read")
		}
	}
	good := false
	for _, entry := range list {
		key, err := url.PathUnescape(entry.key)
		if entry.key != slug && (err != nil || key != slug) {
			continue
		}
		var row updateRow
		if json.Unmarshal(entry.value, &row) != nil || !row.Success.set {
			return shapeError("the entry of the item cannot be read")
		}
		good = good || row.Success.n != 0
		u.Failed = u.Failed || row.Success.n == 0
		u.add(row)
	}
	switch {
	case u.Failed:
	case good:
		u.Done = true
	case e.success.n == 0 && len(list) == 0:
		u.NotOffered = true
	case e.success.n == 0:
		u.Failed = true
	default:
		u.Nothing = true
	}
	return nil
}

func (u *Updated) add(row updateRow) {
	if row.Name != "" {
		u.Name = html.UnescapeString(string(row.Name))
	}
	if row.Version != "" {
		u.OldVersion, u.Version = string(row.Old), string(row.Version)
	}
	if row.Success.n == 0 && u.Failure == "" {
		u.Failure = firstOf(row.Error, row.Message)
	}
}
