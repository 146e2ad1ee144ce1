package main

import (
	"strings"
	"testing"

	"muster/mainwp/mainwptest"
)

// TestFirstRunToFilledOverview is what a person does in the first minutes.
func TestFirstRunToFilledOverview(t *testing.T) {
	d, address := fakeDashboard(t, mainwptest.Config{Personality: mainwptest.V61WP69, Seed: 3, Sites: 120, Name: "Northlight"})
	p := start(t, nil, "MUSTER_DATA_DIR", t.TempDir())
	b := p.open(t)
	b.visit("/sites")
	b.wait(`location.pathname === "/setup"`)
	b.fill("name", "Anna Berg")
	b.fill("email", "anna@example.com")
	b.fill("password", ownerPassword)
	b.fill("code", "WRONG-CODE")
	b.click(`main form button`)
	b.waitText("not the code")
	b.fill("password", ownerPassword)
	b.fill("code", p.code)
	b.click(`main form button`)
	b.wait(`location.pathname === "/"`)

	b.visit("/dashboards/connect")
	b.fill("url", address+"/wp-admin/admin.php?page=mainwp_tab")
	b.fill("key", "  "+d.Token()+" ")
	b.click(`button[value=connect]`)
	b.wait(`location.pathname === "/"`)
	// Without another click the page fills in by itself.
	b.wait(`document.querySelector("#overview") && [...document.querySelectorAll(".stats .num")].some((n) => n.innerText.trim() === "120")`)
	b.visit("/sites")
	b.wait(`document.querySelectorAll("#sites tbody tr").length >= 50`)
	if strings.Contains(p.log.String(), d.Token()) {
		t.Error("the log holds the key")
	}
}
