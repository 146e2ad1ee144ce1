package mainwp

import (
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"

	"code.dny.dev/ssrf"
)

// GuardedTransport is an http.Transport that never connects to link-local,
// metadata (169.254.169.254, fd00:ec2::254), multicast, unspecified or other
// reserved addresses, whatever a name resolves to. Loopback and private
// addresses (RFC 1918, ULA, carrier NAT) are refused unless allowPrivate. A
// refused address is an error that wraps ssrf.ErrProhibitedIP.
func GuardedTransport(allowPrivate bool) *http.Transport {
	dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second, Control: guard(allowPrivate)}
	return &http.Transport{
		DialContext:           dialer.DialContext,
		TLSHandshakeTimeout:   10 * time.Second,
		ExpectContinueTimeout: time.Second,
		IdleConnTimeout:       90 * time.Second,
		MaxIdleConnsPerHost:   4,
		ForceAttemptHTTP2:     true,
	}
}

// guard checks the address a dial has resolved to, just before it connects.
func guard(allowPrivate bool) func(network, address string, c syscall.RawConn) error {
	opts := []ssrf.Option{ssrf.WithAnyPort(), ssrf.WithDeniedV4Prefixes(), ssrf.WithDeniedV6Prefixes()}
	if allowPrivate {
		opts = append(opts, ssrf.WithAllowedV4Prefixes(privateV4()...), ssrf.WithAllowedV6Prefixes(privateV6()...))
	}
	safe := ssrf.New(opts...)
	return func(_, address string, _ syscall.RawConn) error {
		ap, err := netip.ParseAddrPort(address)
		if err != nil {
			return err
		}
		addr := ap.Addr().Unmap().WithZone("")
		if neverDialed(addr) {
			return ssrf.ErrProhibitedIP
		}
		return safe.SafeAddr(addr)
	}
}

func privateV4() []netip.Prefix {
	return prefixes("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "100.64.0.0/10")
}

func privateV6() []netip.Prefix { return prefixes("::1/128", "fc00::/7") }

func prefixes(list ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(list))
	for i, s := range list {
		out[i] = netip.MustParsePrefix(s)
	}
	return out
}

// neverDialed holds for the addresses that are refused also where private ones
// are allowed. fd00:ec2::254 and 100.100.100.200 are metadata services inside
// otherwise private ranges.
func neverDialed(addr netip.Addr) bool {
	addr = addr.Unmap().WithZone("")
	return addr.IsUnspecified() || addr.IsMulticast() || addr.IsLinkLocalUnicast() ||
		addr == netip.MustParseAddr("fd00:ec2::254") || addr == netip.MustParseAddr("100.100.100.200") ||
		addr == netip.MustParseAddr("255.255.255.255")
}
