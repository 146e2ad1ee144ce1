package mainwp

import (
	"net"
	"net/netip"
	"net/url"
	"path"
	"strconv"
	"strings"
	"unicode"
)

// ParseBaseURL cleans the address of a Dashboard as a person pastes it: https is
// added where no scheme stands; /wp-admin…, /wp-json…, /index.php…, the query and
// the fragment go; the host is lower-cased. Plain http is accepted for
// loopback and private hosts only, and then insecure is true. The error is a
// sentence for the form.
func ParseBaseURL(s string) (base string, insecure bool, err error) {
	s = strings.Trim(strings.TrimSpace(s), "\"'<>\uFEFF\u200B ")
	if s == "" {
		return "", false, sentence("Enter the address of the MainWP Dashboard, for example https://dashboard.example.com.")
	}
	if strings.ContainsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) {
		return "", false, sentence("An address has no spaces in it. Copy it from the browser's address bar.")
	}
	u, err := parseWithScheme(s)
	if err != nil {
		return "", false, err
	}
	host, err := cleanHost(u)
	if err != nil {
		return "", false, err
	}
	if u.Scheme == "http" && !privateHost(u.Hostname()) {
		return "", false, sentence("Plain http would send the key unprotected over the internet. Use https://%s, or an address inside your own network.", host)
	}
	return u.Scheme + "://" + host + basePath(u.EscapedPath()), u.Scheme == "http", nil
}

func parseWithScheme(s string) (*url.URL, error) {
	switch {
	case strings.HasPrefix(s, "//"):
		s = "https:" + s
	case !strings.Contains(s, "://"):
		s = "https://" + s
	}
	u, err := url.Parse(s)
	if err != nil {
		return nil, sentence("This is not an address. Enter it as in the browser's address bar, for example https://dashboard.example.com.")
	}
	u.Scheme = strings.ToLower(u.Scheme)
	switch {
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, sentence("The address must start with https://.")
	case u.User != nil:
		return nil, sentence("Leave the user name and password out of the address. Muster signs in with the API key.")
	case u.Hostname() == "":
		return nil, sentence("The address has no host name. Enter it as in the browser's address bar, for example https://dashboard.example.com.")
	}
	return u, nil
}

// cleanHost is the host in lower case, with the port where it is not the default.
func cleanHost(u *url.URL) (string, error) {
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	if addr, err := netip.ParseAddr(host); err == nil {
		if neverDialed(addr) {
			return "", sentence("%s is an address for machines' own use, not one of a Dashboard. Enter the Dashboard's host name.", host)
		}
	} else if strings.ContainsFunc(host, func(r rune) bool { return strings.ContainsRune("_~!$&'()*+,;=%\\^`{|}<>\"@:", r) && r != '_' }) || strings.Contains(host, "..") {
		return "", sentence("%q is not a host name. Enter the address as in the browser's address bar.", host)
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	port := u.Port()
	if port == "" || u.Scheme == "https" && port == "443" || u.Scheme == "http" && port == "80" {
		return host, nil
	}
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
		return "", sentence("%q is not a port. Ports are numbers from 1 to 65535.", port)
	}
	return host + ":" + port, nil
}

// basePath is the folder WordPress is installed in: the path up to the first
// part that is WordPress' own.
func basePath(p string) string {
	parts := strings.Split(strings.TrimPrefix(path.Clean("/"+p), "/"), "/")
	for i, part := range parts {
		switch strings.ToLower(part) {
		case "wp-admin", "wp-json", "index.php", "wp-login.php", "wp-content", "wp-includes", "xmlrpc.php":
			parts = parts[:i]
		default:
			continue
		}
		break
	}
	if joined := strings.Join(parts, "/"); joined != "" {
		return "/" + joined
	}
	return ""
}

// privateHost reports whether a name or address can only be inside the own
// network: loopback, RFC 1918, ULA, names without a dot and reserved endings.
func privateHost(host string) bool {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if addr, err := netip.ParseAddr(host); err == nil {
		addr = addr.Unmap()
		return addr.IsLoopback() || addr.IsPrivate()
	}
	if !strings.Contains(host, ".") {
		return true
	}
	for _, end := range []string{".localhost", ".local", ".internal", ".home.arpa", ".test"} {
		if strings.HasSuffix(host, end) {
			return true
		}
	}
	return false
}

// NormalURL is the key that two addresses of the same site share: no scheme, no
// www., no default port, no trailing slash, host in lower case.
func NormalURL(s string) string {
	s = strings.TrimSpace(s)
	if !strings.Contains(s, "://") {
		s = "http://" + strings.TrimPrefix(s, "//")
	}
	u, err := url.Parse(s)
	if err != nil {
		_, rest, _ := strings.Cut(s, "://")
		return strings.TrimSuffix(strings.ToLower(rest), "/")
	}
	host := strings.TrimPrefix(strings.TrimSuffix(strings.ToLower(u.Hostname()), "."), "www.")
	if port := u.Port(); port != "" && port != "80" && port != "443" {
		host = net.JoinHostPort(host, port)
	}
	return host + strings.TrimRight(u.EscapedPath(), "/")
}
