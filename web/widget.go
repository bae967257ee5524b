package web

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// frame is the file that other sites' pages show in an iframe.
const frame = "widget/frame.html"

// worker is the file in which the client runs, for the page and for the frame.
const worker = "worker.js"

// demoPolicy is for the shop below /demo/: that of a strict site which has the widget. It has no more rights than
// another site, and needs none.
const demoPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-src 'self'; " +
	"frame-ancestors 'none'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

// isDemo reports whether a file belongs to the shop that shows the widget.
func isDemo(name string) bool { return strings.HasPrefix(name, "demo/") }

// public reports whether pages of every site may load a file: the widget's script, with and without its hash in
// the name, and the list of hashes by which such a script is pinned.
func public(name string) bool {
	return name == "widget.js" || name == "integrity.json" ||
		strings.HasPrefix(name, "assets/widget-") && strings.HasSuffix(name, ".js")
}

// sitePattern is what the host of a site may be: nothing in it could end the policy, or be read as more than a host.
var sitePattern = regexp.MustCompile(`^(\*\.)?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*(:[0-9]{1,5})?$`)

// ParseSites reads the value of Config.Widget from a list with commas: "*", or origins as "https://shop.example"
// and "https://*.shop.example".
func ParseSites(list string) ([]string, error) {
	var sites []string
	for part := range strings.SplitSeq(list, ",") {
		site := strings.TrimSuffix(strings.TrimSpace(part), "/")
		if site == "" {
			continue
		}
		u, err := url.Parse(site)
		if site != "*" && (err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Scheme+"://"+u.Host != site || !sitePattern.MatchString(u.Host)) {
			return nil, fmt.Errorf("web: %q is not the origin of a site: want https://shop.example, https://*.shop.example, or * for any", site)
		}
		sites = append(sites, site)
	}
	return sites, nil
}
