package mainwptest

import (
	_ "embed"
	"net/http"
	"strings"
)

// The routes that the namespace index of 5.x and of 6.x lists, one "path<TAB>methods" each.
var (
	//go:embed routes5.txt
	routes5 string
	//go:embed routes6.txt
	routes6 string
)

// serveIndex answers GET /wp-json/, which needs no key.
func (d *Dashboard) serveIndex(f Faults) answer {
	spaces := list{"oembed/1.0", "mainwp/v1"}
	if !f.V1Only {
		spaces = append(spaces, "mainwp/v2")
	}
	spaces = append(spaces, "wp/v2", "wp-site-health/v1", "wp-block-editor/v1")
	if d.cfg.Personality.WordPress69 {
		spaces = append(spaces, "wp-abilities/v1")
	}
	return ok(obj{{"name", d.cfg.Name}, {"description", ""}, {"gmt_offset", d.gmt}, {"timezone_string", d.zone}, {"namespaces", spaces}})
}

// serveNamespace answers GET /wp-json/mainwp/v2, which needs no key either. The arguments of the routes are left out.
func (d *Dashboard) serveNamespace(r *http.Request) answer {
	table := routes5
	if d.cfg.Personality.six() {
		table = routes6
	}
	var routes obj
	for line := range strings.Lines(table) {
		path, methods, _ := strings.Cut(strings.TrimRight(line, "\n"), "\t")
		var verbs list
		for _, m := range strings.Split(methods, ",") {
			verbs = append(verbs, m)
		}
		endpoint := obj{{"methods", verbs}, {"args", list{}}}
		if path == "" {
			none := func(v string) obj { return obj{{"default", v}, {"required", false}} }
			endpoint[1].value = obj{{"namespace", none("mainwp/v2")}, {"context", none("view")}}
		}
		self := obj{{"href", "https://" + r.Host + "/wp-json/mainwp/v2" + path}}
		routes = append(routes, field{"/mainwp/v2" + path, obj{
			{"namespace", "mainwp/v2"}, {"methods", verbs}, {"endpoints", list{endpoint}}, {"_links", obj{{"self", list{self}}}},
		}})
	}
	up := obj{{"href", "https://" + r.Host + "/wp-json/"}}
	return ok(obj{{"namespace", "mainwp/v2"}, {"routes", routes}, {"_links", obj{{"up", list{up}}}}})
}
