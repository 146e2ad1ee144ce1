package syncer

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"muster/db"
	"muster/mainwp"
)

// foundVersion is what a site has of a task's item; "" when it does not have it. Of a translation no version can be read.
func foundVersion(t db.Task, s mainwp.Site) string {
	switch t.Kind {
	case db.Core:
		return s.WPVersion
	case db.Plugin:
		if i := slices.IndexFunc(s.Plugins, func(p mainwp.Plugin) bool { return p.Slug == t.Slug }); i >= 0 {
			return s.Plugins[i].Version
		}
	case db.Theme:
		if i := slices.IndexFunc(s.Themes, func(x mainwp.Theme) bool { return x.Slug == t.Slug }); i >= 0 {
			return s.Themes[i].Version
		}
	}
	return ""
}

// reached reports whether a site has what an update was to bring: at least the target, and not what was there before. Of a translation
// only that it is not pending any more can be seen.
func reached(t db.Task, s mainwp.Site) bool {
	found := foundVersion(t, s)
	if t.Kind == db.Translation {
		return s.UpdatesKnown.Translations && !slices.ContainsFunc(s.TranslationUpdates, func(x mainwp.TranslationUpdate) bool { return x.Slug == t.Slug })
	}
	return found != "" && found != t.From && (t.To == "" || db.CompareVersions(found, t.To) >= 0)
}

func versionWords(t db.Task, found string) string {
	switch {
	case t.Kind == db.Translation:
		return "the old translation"
	case found == "":
		return "no version of it that can be read"
	}
	return found
}

// whyNotOffered tells from a site's row why an update is not offered any more.
func whyNotOffered(t db.Task, s mainwp.Site) db.Result {
	r := db.Result{State: db.TaskSkipped, Found: foundVersion(t, s)}
	pending := siteWrite(s, nil).Updates
	i := slices.IndexFunc(pending, func(u db.Update) bool { return u.Kind == t.Kind && u.Slug == t.Slug })
	flagged := t.Kind == db.Core && s.IgnoreCore || t.Kind == db.Plugin && s.IgnorePlugins || t.Kind == db.Theme && s.IgnoreThemes
	switch {
	case s.Suspended:
		r.Outcome, r.Reason, r.Next = db.OutSuspended, "The site is suspended.", "Resume it, then update it."
	case reached(t, s) && t.Kind != db.Translation:
		r.Outcome, r.Reason = db.OutAlready, "The site has "+r.Found+" already."
	case s.SyncError != "":
		r.Outcome, r.Reason, r.Next = db.OutUnreachable, "The site does not answer MainWP: "+sentenceOf(s.SyncError), "Reconnect it, then update it."
	case flagged, i >= 0 && pending[i].Offer == db.Ignored:
		r.Outcome, r.Reason = db.OutIgnored, "Updates of it are ignored on this site."
	case i >= 0:
		r.Outcome, r.Reason = db.OutIgnored, "Updates of it are ignored on the whole Dashboard."
	case reached(t, s):
		r.Outcome, r.Reason = db.OutAlready, "The site has the newest translation already."
	case r.Found == "" && !unlistedIn([]db.Task{t}, s):
		r.Outcome, r.Reason = db.OutStale, "It is not on the site any more."
	default:
		r.Outcome, r.Reason, r.Next = db.OutStale, "The Dashboard does not offer it any more.", "Sync the site to see what is offered now."
	}
	return r
}

// sentenceOf ends foreign words as a sentence and begins them as one.
func sentenceOf(s string) string {
	s = strings.TrimSpace(s)
	if s == "" {
		return ""
	}
	first, size := utf8.DecodeRuneInString(s)
	s = string(unicode.ToUpper(first)) + s[size:]
	if !strings.HasSuffix(s, ".") && !strings.HasSuffix(s, "…") && !strings.HasSuffix(s, "!") && !strings.HasSuffix(s, "?") {
		s += "."
	}
	return s
}
