package mainwptest

import (
	"maps"
	"slices"
	"strings"
)

func (d *Dashboard) ignoreCore(q query) answer {
	s := d.site(q)
	if s == nil {
		return notFound("site")
	}
	s.IgnoreCore = true
	return ok(obj{{"success", 1}, {"message", "Ignore core update successfully."}})
}

func (d *Dashboard) ignorePlugins(q query) answer {
	return d.ignoreItems(q, "plugins", func(s *Site) (*bool, *[]Ignore) { return &s.IgnorePlugins, &s.IgnoredPlugins })
}

func (d *Dashboard) ignoreThemes(q query) answer {
	return d.ignoreItems(q, "themes", func(s *Site) (*bool, *[]Ignore) { return &s.IgnoreThemes, &s.IgnoredThemes })
}

// ignoreItems sets the site's flag when no slug is sent. Slugs are taken as a map of slug to name: sent as text or a
// list they make entries under the keys 0, 1 …, which ignore nothing (MainWP REST API notes §5.7).
func (d *Dashboard) ignoreItems(q query, word string, of func(*Site) (*bool, *[]Ignore)) answer {
	s := d.site(q)
	if s == nil {
		return notFound("site")
	}
	flag, ignored := of(s)
	asked := q.slugMap()
	if len(asked) == 0 {
		*flag = true
		return ok(obj{{"success", 1}, {"message", "Ignore update " + word + " per site successfully."}, {"url", s.URL}})
	}
	var done obj
	for _, i := range asked {
		if !slices.ContainsFunc(*ignored, func(have Ignore) bool { return have.Slug == i.Slug }) {
			*ignored = append(slices.Clone(*ignored), i)
			done = append(done, field{i.Slug, "success"})
		}
	}
	return ok(obj{{"success", 1}, {"data", phpArray(done)}, {"url", s.URL}})
}

// slugMap reads slug as PHP does: an object's keys, or numbers for text and lists.
func (q query) slugMap() []Ignore {
	var out []Ignore
	for i, slug := range q.list("slug") {
		out = append(out, Ignore{Slug: itoa(int64(i)), Name: slug, Versions: []string{"all_versions"}})
	}
	for _, key := range slices.Sorted(maps.Keys(q.Values)) {
		slug, inside := strings.CutPrefix(key, "slug[")
		slug, closed := strings.CutSuffix(slug, "]")
		if inside && closed && slug != "" {
			out = append(out, Ignore{Slug: slug, Name: q.Get(key), Versions: []string{"all_versions"}})
		}
	}
	return out
}

// phpArray is a list where the keys are 0, 1, 2 … in order, as json_encode writes them.
func phpArray(o obj) any {
	var l list
	for i, f := range o {
		if f.key != itoa(int64(i)) {
			return o
		}
		l = append(l, f.value)
	}
	if len(l) == 0 {
		return o
	}
	return l
}
