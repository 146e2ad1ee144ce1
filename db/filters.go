package db

import (
	"slices"
	"strings"
	"time"
)

// Page sizes of lists.
const (
	DefaultPerPage = 50
	MaxPerPage     = 200
)

// Paging is the part of a list that is wanted; numbers out of range are moved into it.
type Paging struct{ Page, PerPage int }

func (p Paging) limits() (limit, offset int) {
	limit, page := p.PerPage, p.Page
	if limit <= 0 {
		limit = DefaultPerPage
	}
	limit = min(limit, MaxPerPage)
	page = min(max(page, 1), 1_000_000)
	return limit, (page - 1) * limit
}

// Values of SiteFilter.Status.
const (
	StatusAttention    = "attention" // anything a person should look at
	StatusDown         = "down"
	StatusRolledBack   = "rolled_back"
	StatusDisconnected = "disconnected"
	StatusSyncFailing  = "sync_failing"
	StatusStale        = "stale"
	StatusUnknown      = "unknown"
	StatusOK           = "ok"
	StatusSuspended    = "suspended"
	StatusGone         = "gone" // no longer on the Dashboard
	StatusPHPEnded     = "php_ended"
	StatusWPBehind     = "wp_behind"
	StatusAbandoned    = "abandoned"
)

// SiteFilter narrows the list of sites. Zero values do not narrow; unknown values of Status, Updates and Sort count as zero.
type SiteFilter struct {
	Query     string // in name, address, client and tags
	Dashboard int64
	Status    string
	Client    Ref
	Tag       string // by name, over all Dashboards
	Updates   string // any, core, plugin, theme, translation, ignored, none
	Item      string // "plugin:slug": sites that have it installed; "update:plugin:slug": sites with that update offered
	Sort      string // name, status, dashboard, client, wp, php, updates, health, synced
	Desc      bool
	Paging
}

// UpdateFilter narrows the Updates page.
type UpdateFilter struct {
	Group     string   // item, site, client, dashboard
	Kind      ItemKind // zero: all
	Query     string
	Dashboard int64
	Client    Ref
	Tag       string
	Offer     string // offered (default), ignored (here or elsewhere), all
	Paging
}

// ClientFilter narrows the list of clients.
type ClientFilter struct {
	Query     string
	Dashboard int64
	Sort      string // name, sites, updates
	Desc      bool
	Paging
}

// EventFilter narrows the history.
type EventFilter struct {
	Dashboard, Site int64
	Run             int64 // changes that this run made
	Client          Ref
	Kind            EventKind
	ItemSlug        string
	Since, Until    time.Time
	Paging
}

// foldedWords are the words a person looks for, in lower case.
func foldedWords(query string) []string { return strings.Fields(strings.ToLower(cut(query, 200))) }

// hasWords reports whether each word is in one of the texts, whatever their case.
func hasWords(words []string, texts ...string) bool {
	return !slices.ContainsFunc(words, func(word string) bool {
		return !slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(strings.ToLower(text), word) })
	})
}

// containsWords is the condition that a column, which holds lower-case text, has each word.
func containsWords(column string, words []string) cond {
	c := cond{sql: "1"}
	for _, word := range words {
		c.sql, c.args = c.sql+" AND instr("+column+", ?) > 0", append(c.args, word)
	}
	return c
}
