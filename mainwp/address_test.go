package mainwp_test

import (
	"strings"
	"testing"

	"muster/mainwp"
)

func TestParseBaseURL(t *testing.T) {
	for in, want := range map[string]string{
		"https://dash.example.com":                            "https://dash.example.com",
		" https://Dash.Example.COM/ \n":                       "https://dash.example.com",
		"dash.example.com":                                    "https://dash.example.com",
		"//dash.example.com/":                                 "https://dash.example.com",
		"HTTPS://dash.example.com:443/":                       "https://dash.example.com",
		"https://dash.example.com:8443":                       "https://dash.example.com:8443",
		"https://dash.example.com/wp-admin/admin.php?page=x":  "https://dash.example.com",
		"https://dash.example.com/wp-json/mainwp/v2/":         "https://dash.example.com",
		"https://dash.example.com/index.php/wp-json/":         "https://dash.example.com",
		"https://dash.example.com/wp-login.php?redirect_to=/": "https://dash.example.com",
		"https://dash.example.com/tools/mainwp/wp-admin":      "https://dash.example.com/tools/mainwp",
		"https://dash.example.com//tools//mainwp/#top":        "https://dash.example.com/tools/mainwp",
		"https://dash.example.com./?a=b":                      "https://dash.example.com",
		"https://[2606:4700::1111]:8443/":                     "https://[2606:4700::1111]:8443",
		"localhost:8080":                                      "https://localhost:8080",
		"http://localhost:8080/wp-admin":                      "http://localhost:8080",
		"http://127.0.0.1:18001":                              "http://127.0.0.1:18001",
		"http://192.168.4.7/dash/":                            "http://192.168.4.7/dash",
		"http://[fd12:3456::7]/":                              "http://[fd12:3456::7]",
		"http://mainwp.local:80":                              "http://mainwp.local",
		"http://wordpress":                                    "http://wordpress",
		"https://bücher.example":                              "https://bücher.example",
		"\"https://dash.example.com\"":                        "https://dash.example.com",
	} {
		base, insecure, err := mainwp.ParseBaseURL(in)
		if err != nil || base != want || insecure != strings.HasPrefix(want, "http:") {
			t.Errorf("%q: got %q, %v, %v; want %q", in, base, insecure, err, want)
		}
		if again, _, err := mainwp.ParseBaseURL(base); err == nil && again != base {
			t.Errorf("%q: cleaned twice gives %q", base, again)
		}
	}
}

func TestParseBaseURLRefuses(t *testing.T) {
	for in, want := range map[string]string{
		"":                                "Enter the address",
		"http://dash.example.com":         "https://dash.example.com",
		"http://8.8.8.8":                  "unprotected",
		"https://user:pass@dash.example":  "user name and password",
		"ftp://dash.example.com":          "https://",
		"javascript:alert(1)":             "not an address",
		"https://":                        "no host name",
		"https:///wp-admin":               "no host name",
		"https://dash example.com":        "no spaces",
		"https://dash.example.com/a\tb":   "no spaces",
		"https://dash..example.com":       "not a host name",
		"https://dash.example.com:99999":  "not a port",
		"https://169.254.169.254/latest":  "not one of a Dashboard",
		"http://169.254.169.254":          "not one of a Dashboard",
		"http://[fe80::1]/":               "not one of a Dashboard",
		"http://[fd00:ec2::254]/":         "not one of a Dashboard",
		"http://0.0.0.0:8080":             "not one of a Dashboard",
		"http://[::ffff:169.254.169.254]": "not one of a Dashboard",
		"https://224.0.0.1":               "not one of a Dashboard",
		"https://exa$mple.com":            "not a",
	} {
		base, _, err := mainwp.ParseBaseURL(in)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %q, %v; want a sentence with %q", in, base, err, want)
		}
	}
}

func TestNormalURL(t *testing.T) {
	for want, list := range map[string][]string{
		"shop.example":           {"https://shop.example/", "http://www.Shop.example", "shop.example", "//shop.example/", "https://shop.example:443/", "http://shop.example./"},
		"shop.example/de":        {"https://www.shop.example/de/", "http://shop.example/de"},
		"shop.example/De":        {"https://shop.example/De/"},
		"127.0.0.1:18011":        {"http://127.0.0.1:18011/"},
		"wwwshop.example":        {"https://wwwshop.example"},
		"[2606:4700::1111]:8443": {"https://[2606:4700::1111]:8443/"},
	} {
		for _, in := range list {
			if got := mainwp.NormalURL(in); got != want {
				t.Errorf("%q: got %q, want %q", in, got, want)
			}
		}
	}
}
