package web

import (
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"muster/db"
)

// maxQuery is how much of a search is used, in characters.
const maxQuery = 200

// text reads a short text of a query string or form: cut, valid, and without control characters.
func text(value string) string {
	value = strings.ToValidUTF8(cut(value, maxQuery), "")
	value = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, value)
	return strings.TrimSpace(value)
}

// cut shortens s to n characters.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// query reads parameters of an address; anything that makes no sense counts as not given.
type query struct {
	c interface{ QueryParam(name string) string }
}

// address is the query of an address that a form carries.
type address url.Values

// QueryParam is the first value of a name.
func (a address) QueryParam(name string) string { return url.Values(a).Get(name) }

func (q query) text(name string) string { return text(q.c.QueryParam(name)) }

// one reads a value that must be one of those allowed.
func (q query) one(name string, allowed ...string) string {
	value := q.c.QueryParam(name)
	for _, a := range allowed {
		if a == value {
			return value
		}
	}
	return ""
}

func (q query) id(name string) int64 { return parseID(q.c.QueryParam(name)) }

func (q query) flag(name string) bool { return q.c.QueryParam(name) == "1" }

// page counts from 1.
func (q query) page(name string) int {
	n, err := strconv.Atoi(q.c.QueryParam(name))
	if err != nil {
		return 1
	}
	return min(max(n, 1), 1_000_000)
}

// date reads a day like 2006-01-02 in the zone; ok is false for anything else that is not empty.
func date(typed string, zone *time.Location) (day time.Time, ok bool) {
	if typed == "" {
		return time.Time{}, true
	}
	day, err := time.ParseInLocation(time.DateOnly, typed, zone)
	if err != nil || day.Year() < 2000 || day.Year() > 9998 {
		return time.Time{}, false
	}
	return day, true
}

// parseID reads one of Muster's or MainWP's ids; 0 for anything else.
func parseID(value string) int64 {
	id, err := strconv.ParseInt(value, 10, 64)
	if err != nil || id < 0 {
		return 0
	}
	return id
}

// pathID reads the id in the path; ErrNotFound for what cannot be one.
func pathID(c Context, name string) (int64, error) {
	id := parseID(c.Param(name))
	if id == 0 || !utf8.ValidString(c.Param(name)) {
		return 0, db.ErrNotFound
	}
	return id, nil
}

// lastPage is the last page of a list with total rows.
func lastPage(total, perPage int) int {
	if perPage <= 0 {
		perPage = db.DefaultPerPage
	}
	return max((total+perPage-1)/perPage, 1)
}

// clamped reads a page of a list; a page past the end becomes the last one.
func clamped[T any](p *db.Paging, read func() ([]T, int, error)) ([]T, int, error) {
	rows, total, err := read()
	if err != nil || len(rows) > 0 || p.Page <= lastPage(total, p.PerPage) {
		return rows, total, err
	}
	p.Page = lastPage(total, p.PerPage)
	return read()
}
