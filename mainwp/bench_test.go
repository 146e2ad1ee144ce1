package mainwp_test

import (
	"bytes"
	"encoding/json"
	"strconv"
	"testing"
)

// fleetPage is an answer with n sites, each as large as a recorded one.
func fleetPage(b *testing.B, n int) []byte {
	b.Helper()
	var recorded struct{ Data []map[string]any }
	if err := json.Unmarshal(load(b, "sites-page-exclude.json"), &recorded); err != nil {
		b.Fatal(err)
	}
	page := bytes.NewBufferString(`{"success":1,"total":` + strconv.Itoa(n) + `,"data":[`)
	for i := range n {
		row := recorded.Data[i%len(recorded.Data)]
		row["id"] = strconv.Itoa(i + 1)
		text, err := json.Marshal(row)
		if err != nil {
			b.Fatal(err)
		}
		if i > 0 {
			page.WriteByte(',')
		}
		page.Write(text)
	}
	page.WriteString("]}")
	return page.Bytes()
}

// BenchmarkSitesPage reads 500 sites in one answer: what an unchanged fleet costs.
func BenchmarkSitesPage(b *testing.B) {
	body := fleetPage(b, 500)
	client := replay(b, 200, body)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if rows, _, err := client.SitesPage(b.Context(), 1, 500); err != nil || len(rows) != 500 {
			b.Fatal(len(rows), err)
		}
	}
}

// BenchmarkDecode decodes 500 sites: what a new fleet costs on top.
func BenchmarkDecode(b *testing.B) {
	rows, _, err := replay(b, 200, fleetPage(b, 500)).SitesPage(b.Context(), 1, 500)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		for _, row := range rows {
			if _, err := row.Decode(); err != nil {
				b.Fatal(err)
			}
		}
	}
}
