package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// pkg is what these tests read of `go list -json`; imports of test files are not among Imports.
type pkg struct {
	ImportPath string
	Imports    []string
}

// ours lists which of our packages each package may import (docs/design.md, "The house"). cmd/server may import all.
var ours = map[string][]string{
	"muster/db":                {},
	"muster/db/dbtest":         {"muster/db"},
	"muster/mainwp":            {},
	"muster/mainwp/mainwptest": {"muster/mainwp"},
	"muster/static":            {},
	"muster/sync":              {"muster/db", "muster/mainwp"},
	"muster/views":             {"muster/db", "muster/static"},
	"muster/web":               {"muster/db", "muster/static", "muster/views"},
}

// outside lists foreign packages that only one of ours may import.
var outside = map[string]string{
	"database/sql":             "muster/db",
	"github.com/labstack/echo": "muster/web",
	"github.com/pressly/goose": "muster/db",
	"modernc.org/sqlite":       "muster/db",
}

func listPackages(t *testing.T) []pkg {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-e", "-json=ImportPath,Imports", "muster/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var pkgs []pkg
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return pkgs
		} else if err != nil {
			t.Fatal(err)
		}
		pkgs = append(pkgs, p)
	}
}

func TestPackagesImportOnlyWhatTheDesignAllows(t *testing.T) {
	for _, p := range listPackages(t) {
		if p.ImportPath == "muster/cmd/server" {
			continue
		}
		allowed, known := ours[p.ImportPath]
		if !known {
			t.Errorf("%s is no package of docs/design.md: a new one needs a reason there and a row here", p.ImportPath)
			continue
		}
		for _, imp := range p.Imports {
			if strings.HasPrefix(imp, "muster/") && !slices.Contains(allowed, imp) {
				t.Errorf("%s imports %s, allowed are %v", p.ImportPath, imp, allowed)
			}
		}
	}
}

func TestForeignPackagesStayInTheirPlace(t *testing.T) {
	for _, p := range listPackages(t) {
		for _, imp := range p.Imports {
			for foreign, home := range outside {
				if (imp == foreign || strings.HasPrefix(imp, foreign+"/")) && p.ImportPath != home {
					t.Errorf("%s imports %s, which belongs in %s alone", p.ImportPath, imp, home)
				}
			}
		}
	}
}
