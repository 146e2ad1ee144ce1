package mainwptest

import (
	"strings"
	"time"
)

// product is a plugin or theme as its publisher offers it. Versions are ordered, the last one is current when a fleet
// begins.
type product struct {
	slug     string // file path of a plugin, stylesheet of a theme
	name     string
	author   string
	about    string
	versions []string
	weight   int    // how common it is, 1 rare to 9 nearly everywhere
	premium  bool   // not on wordpress.org: its package URL carries a licence key
	dead     string // last release of an abandoned product, "2006-01-02"
	php      string // least PHP it asks for
}

// domain is the short slug: the folder of a plugin, the stylesheet of a theme.
func (p *product) domain() string {
	name, _, found := strings.Cut(p.slug, "/")
	if !found {
		name = strings.TrimSuffix(name, ".php")
	}
	return name
}

func (p *product) current() string { return p.versions[len(p.versions)-1] }

// catalogue is every product a fleet can have. It is built once for each Dashboard and only read after that.
type catalogue struct {
	plugins, themes []*product
	bySlug          map[Kind]map[string]*product
}

func newCatalogue() *catalogue {
	c := &catalogue{plugins: parseProducts(pluginTable), themes: parseProducts(themeTable)}
	c.bySlug = map[Kind]map[string]*product{Plugins: {}, Themes: {}}
	for _, p := range c.plugins {
		c.bySlug[Plugins][p.slug] = p
	}
	for _, t := range c.themes {
		c.bySlug[Themes][t.slug] = t
	}
	return c
}

// find gives the product, or one made up for a slug that the catalogue does not know.
func (c *catalogue) find(kind Kind, slug string) *product {
	if p := c.bySlug[kind][slug]; p != nil {
		return p
	}
	p := &product{slug: slug, versions: []string{"1.0"}, author: "Unknown", php: "7.4"}
	p.name = strings.ReplaceAll(p.domain(), "-", " ")
	return p
}

// parseProducts reads the tables below: slug|name|author|weight|flags|PHP|versions|about.
func parseProducts(table string) []*product {
	var out []*product
	for line := range strings.Lines(strings.TrimSpace(table)) {
		f := strings.Split(strings.TrimSpace(line), "|")
		p := &product{slug: f[0], name: f[1], author: f[2], php: f[5], versions: strings.Fields(f[6]), about: f[7]}
		p.weight = int(f[3][0] - '0')
		p.premium = f[4] == "premium"
		if date, dead := strings.CutPrefix(f[4], "dead "); dead {
			p.dead = date
		}
		out = append(out, p)
	}
	return out
}

const childSlug = "mainwp-child/mainwp-child.php"

// coreVersions are WordPress releases, oldest first; the last one is current when a fleet begins.
var coreVersions = [...]string{"6.8.3", "6.8.5", "6.9.3", "6.9.4", "6.9.5", "7.0"}

const themeTable = `
twentytwentyfive|Twenty Twenty-Five|the WordPress team|7||7.2|1.2 1.3 1.4|Twenty Twenty-Five emphasizes simplicity and adaptability. It offers flexible design options, supported by a variety of patterns for different page types.
twentytwentyfour|Twenty Twenty-Four|the WordPress team|5||7.0|1.2 1.3 1.4|Twenty Twenty-Four is designed to be flexible, versatile and applicable to any website.
twentytwentythree|Twenty Twenty-Three|the WordPress team|3||5.6|1.5 1.6 1.7|Twenty Twenty-Three is designed to take advantage of the new design tools.
astra|Astra|Brainstorm Force|7||5.3|4.11.3 4.11.9 4.11.12 4.12.0|Astra is fast, fully customizable &amp; beautiful theme suitable for blog, personal portfolio, business website and WooCommerce storefront.
generatepress|GeneratePress|Tom Usborne|5||7.4|3.5.1 3.6.0 3.6.1|GeneratePress is a lightweight theme built with a focus on speed and usability.
hello-elementor|Hello Elementor|Elementor Team|6||7.4|3.3.0 3.4.3 3.4.4 3.4.6|Hello Elementor is a lightweight and minimalist theme.
kadence|Kadence|Kadence WP|4||7.4|1.2.22 1.3.2 1.3.6|Kadence is a lightweight yet full featured theme for creating beautiful fast loading and accessible websites.
oceanwp|OceanWP|OceanWP|3||7.4|4.0.9 4.1.1 4.1.3|OceanWP is a lightweight and highly extendable theme.
neve|Neve|Themeisle|3||7.2|4.0.2 4.1.4 4.2.0|Neve is a super-fast, easily customizable, multi-purpose theme.
divi|Divi|Elegant Themes|4|premium|7.4|4.27.3 4.27.4 4.27.5|Smart. Flexible. Beautiful. Divi is a theme and visual builder.
storefront|Storefront|Automattic|1|dead 2023-07-19|5.6|4.5.3|Storefront is a free theme built by the makers of WooCommerce.
`

const pluginTable = `
akismet/akismet.php|Akismet Anti-spam: Spam Protection|Automattic - Anti-spam Team|6||7.2|5.4 5.5 5.6|Used by millions, Akismet is quite possibly the best way in the world to <strong>protect your blog from spam</strong>.
woocommerce/woocommerce.php|WooCommerce|Automattic|5||7.4|10.1.3 10.2.2 10.3.4 10.3.5|An ecommerce toolkit that helps you sell anything. Beautifully.
wordpress-seo/wp-seo.php|Yoast SEO|Team Yoast|8||7.4|26.0 26.1.1 26.3 26.4|The first true all-in-one SEO solution for WordPress, including on-page content analysis, XML sitemaps and much more.
contact-form-7/wp-contact-form-7.php|Contact Form 7|Takayuki Miyoshi|8||7.4|6.1 6.1.2 6.1.3|Just another contact form plugin. Simple but flexible.
advanced-custom-fields/acf.php|Advanced Custom Fields|WP Engine|6||7.4|6.5.1 6.6.0 6.6.2|Customize WordPress with powerful, professional and intuitive fields.
elementor/elementor.php|Elementor|Elementor.com|7||7.4|3.32.2 3.32.5 3.33.0 3.33.1|The Elementor Website Builder has it all: drag and drop page builder, pixel perfect design, mobile responsive editing, and more.
elementor-pro/elementor-pro.php|Elementor Pro|Elementor.com|4|premium|7.4|3.32.1 3.32.3 3.33.0|Elevate your designs and unlock the full power of Elementor.
wordfence/wordfence.php|Wordfence Security|Wordfence|6||7.0|8.0.5 8.1.0 8.1.2|Wordfence Security - Anti-virus, Firewall and Malware Scan
wp-super-cache/wp-cache.php|WP Super Cache|Automattic|3||7.4|2.0.1 3.0.1 3.0.2|Very fast caching plugin for WordPress.
w3-total-cache/w3-total-cache.php|W3 Total Cache|BoldGrid|3||7.2|2.8.12 2.8.14 2.8.15|The highest rated and most complete WordPress performance plugin.
litespeed-cache/litespeed-cache.php|LiteSpeed Cache|LiteSpeed Technologies|5||7.2|7.5.0.1 7.6 7.6.2|High-performance page caching and site optimization from LiteSpeed.
wp-rocket/wp-rocket.php|WP Rocket|WP Media|4|premium|7.3|3.19.4 3.20.0 3.20.1|The best WordPress performance plugin.
updraftplus/updraftplus.php|UpdraftPlus - Backup/Restore|UpdraftPlus.Com, DavidAnderson|7||7.2|1.25.7 1.25.8 1.25.9|Backup and restore: take backups locally, or backup to remote storage, automatically and on schedules.
wpforms-lite/wpforms.php|WPForms Lite|WPForms|5||7.2|1.9.7.3 1.9.8.1 1.9.8.4|Beginner friendly WordPress contact form plugin. Use our Drag &amp; Drop form builder to create your WordPress forms.
gravityforms/gravityforms.php|Gravity Forms|Gravity Forms|3|premium|7.4|2.9.16 2.9.20 2.9.22|Easily create web forms and manage form entries within the WordPress admin.
ninja-forms/ninja-forms.php|Ninja Forms|Saturday Drive|2||7.4|3.12.5 3.13.0 3.13.1|Ninja Forms is a webform builder with unparalleled ease of use and features.
jetpack/jetpack.php|Jetpack|Automattic - Jetpack Team|3||7.2|15.1 15.2 15.3|Security, performance, and marketing tools made by WordPress experts.
classic-editor/classic-editor.php|Classic Editor|WordPress Contributors|5||5.2.4|1.6.6 1.6.7|Enables the WordPress classic editor and the old-style Edit Post screen with TinyMCE, Meta Boxes, etc.
really-simple-ssl/rlrsssl-really-simple-ssl.php|Really Simple Security|Really Simple Plugins|5||7.4|9.5.2 9.5.3 9.5.4|Easily improve site security with WordPress Hardening, Two-Factor Authentication and Login Protection.
google-site-kit/google-site-kit.php|Site Kit by Google|Google|5||7.4|1.163.0 1.165.0 1.166.0|Site Kit is a one-stop solution for WordPress users to use everything Google has to offer.
duplicate-post/duplicate-post.php|Yoast Duplicate Post|Enrico Battocchi & Team Yoast|4||7.2|4.4 4.5|The go-to tool for cloning posts and pages.
redirection/redirection.php|Redirection|John Godley|5||7.4|5.5.1 5.5.2|Manage all your 301 redirects and monitor 404 errors.
regenerate-thumbnails/regenerate-thumbnails.php|Regenerate Thumbnails|Alex Mills (Viper007Bond)|3||5.2.4|3.1.6|Regenerate the thumbnails for one or more of your image uploads.
wp-mail-smtp/wp_mail_smtp.php|WP Mail SMTP|WP Mail SMTP|6||7.4|4.5.0 4.6.0 4.7.0|Reconfigures the wp_mail() function to use Gmail, Mailgun, SendGrid or SMTP.
imagify/imagify.php|Imagify|Imagify Image Optimizer|3||7.3|2.2.6 2.2.7|Dramatically reduce image file sizes without losing quality, make your website load faster.
ewww-image-optimizer/ewww-image-optimizer.php|EWWW Image Optimizer|Exactly WWW|3||8.1|8.2.1 8.3.0|Smaller Images, Faster Sites, Happier Visitors.
autoptimize/autoptimize.php|Autoptimize|Frank Goossens (futtta)|3||7.1|3.1.13 3.1.14|Makes your site faster by optimizing CSS, JS, Images, Google fonts and more.
complianz-gdpr/complianz-gpdr.php|Complianz - GDPR/CCPA Cookie Consent|Complianz|5||7.4|7.4.2 7.4.3 7.4.4|Complianz Privacy Suite for GDPR, CaPCPA, DSVGO, AVG with a conditional cookie warning and customized cookie policy.
cookie-law-info/cookie-law-info.php|CookieYes|CookieYes|3||5.6|3.3.5 3.3.6|A simple way to show your website complies with the EU Cookie Law / GDPR.
borlabs-cookie/borlabs-cookie.php|Borlabs Cookie|Borlabs GmbH|2|premium|7.4|3.3.10 3.3.14|Cookie opt-in solution for WordPress.
loco-translate/loco.php|Loco Translate|Tim Whitlock|3||7.4|2.8.0 2.8.1|Translate themes and plugins directly in WordPress.
sitepress-multilingual-cms/sitepress.php|WPML Multilingual CMS|OnTheGoSystems|2|premium|7.1|4.8.2 4.8.4 4.8.5|WPML Multilingual CMS.
polylang/polylang.php|Polylang|WP SYNTEX|3||7.2|3.7.3 3.7.4 3.7.5|Adds multilingual capability to WordPress.
woocommerce-gateway-stripe/woocommerce-gateway-stripe.php|WooCommerce Stripe Gateway|Stripe|3||7.4|9.9.2 10.0.1 10.1.0|Accept debit and credit cards in 135+ currencies, many local methods like Alipay, ACH, and SEPA.
woocommerce-paypal-payments/woocommerce-paypal-payments.php|WooCommerce PayPal Payments|PayPal|3||7.4|3.2.1 3.3.0|PayPal's latest payment processing solution.
woocommerce-germanized/woocommerce-germanized.php|Germanized for WooCommerce|vendidero|2||7.0|3.20.2 3.20.3 3.20.4|Germanized for WooCommerce extends WooCommerce to become a legally compliant store in the german market.
woocommerce-subscriptions/woocommerce-subscriptions.php|WooCommerce Subscriptions|WooCommerce|2|premium|7.4|7.9.0 8.0.0|Sell products and services with recurring payments in your WooCommerce Store.
mailchimp-for-wp/mailchimp-for-wp.php|MC4WP: Mailchimp for WordPress|ibericode|3||7.4|4.10.7 4.10.8|Mailchimp for WordPress by ibericode. Adds various highly effective sign-up methods to your site.
newsletter/plugin.php|Newsletter|Stefano Lissa & The Newsletter Team|2||7.0|9.0.2 9.0.6|Newsletter is a cool plugin to create your own subscriber list, to send newsletters, to build your business.
the-events-calendar/the-events-calendar.php|The Events Calendar|The Events Calendar|3||7.4|6.15.5 6.15.9 6.15.11|The Events Calendar is a carefully crafted, extensible plugin that lets you easily share your events.
tablepress/tablepress.php|TablePress|Tobias Bäthge|3||7.4|3.2.1 3.2.3 3.2.5|Embed beautiful and interactive tables into your WordPress website's posts and pages.
tinymce-advanced/tinymce-advanced.php|Advanced Editor Tools|Automattic|1|dead 2023-08-16|5.6|5.9.2|Extends and enhances the block editor (Gutenberg) and the classic editor (TinyMCE).
all-in-one-seo-pack/all_in_one_seo_pack.php|All in One SEO|All in One SEO Team|3||7.2|4.8.7 4.8.8 4.8.9|SEO for WordPress. Features like XML Sitemaps, SEO for custom post types, SEO for blogs.
seo-by-rank-math/rank-math.php|Rank Math SEO|Rank Math SEO|4||7.4|1.0.253 1.0.256 1.0.258|Rank Math SEO is the Best WordPress SEO plugin with the features of many SEO and AI SEO tools in a single package.
all-in-one-wp-migration/all-in-one-wp-migration.php|All-in-One WP Migration and Backup|ServMask|3||5.3|7.98 7.99 7.100|All-in-One WP Migration makes moving your entire WordPress site simple.
duplicator/duplicator.php|Duplicator|Duplicator|3||5.6.20|1.5.13 1.5.14|Migrate and backup a copy of your WordPress files and database.
better-wp-security/better-wp-security.php|Kadence Security|KadenceWP|2||7.4|9.4.0 9.4.2|Shield your site from cyberattacks and prevent security vulnerabilities.
sucuri-scanner/sucuri.php|Sucuri Security|Sucuri Inc.|2||5.6|2.1 2.2 2.3|The Sucuri plugin provides the website owner the best Activity Auditing, SiteCheck Remote Malware Scanning.
limit-login-attempts-reloaded/limit-login-attempts-reloaded.php|Limit Login Attempts Reloaded|Limit Login Attempts Reloaded|4||5.6|2.26.23 2.26.25|Block excessive login attempts and protect your site against brute force attacks.
disable-comments/disable-comments.php|Disable Comments|WPDeveloper|3||5.6|2.5.2 2.5.3|Allows administrators to globally disable comments on their site.
broken-link-checker/broken-link-checker.php|Broken Link Checker|WPMU DEV|2||7.4|2.4.4 2.4.7|Checks your blog for broken links and missing images and notifies you on the dashboard.
revslider/revslider.php|Slider Revolution|ThemePunch|3|premium|7.4|6.7.34 6.7.37 6.7.38|Slider Revolution - More than just a WordPress slider.
js_composer/js_composer.php|WPBakery Page Builder|WPBakery|3|premium|7.4|8.6 8.6.1 8.7.2|Drag and drop page builder for WordPress.
smart-slider-3/smart-slider-3.php|Smart Slider 3|Nextend|2||7.0|3.5.1.28 3.5.1.30|The perfect all-in-one responsive slider solution for WordPress.
nextgen-gallery/nggallery.php|NextGEN Gallery|Imagely|2||7.3|3.59.12 4.0.2|The most popular gallery plugin for WordPress and one of the most popular plugins of all time.
easy-table-of-contents/easy-table-of-contents.php|Easy Table of Contents|Magazine3|2||5.6.20|2.0.76 2.0.77|Adds a user friendly and fully automatic way to create and display a table of contents.
insert-headers-and-footers/ihaf.php|WPCode Lite|WPCode|4||7.0|2.3.0 2.3.1|Easily add code snippets in WordPress. Insert scripts to the header and footer.
meta-box/meta-box.php|Meta Box|MetaBox.io|2||7.4|5.10.15 5.11.0|Create custom meta boxes and custom fields in WordPress.
custom-post-type-ui/custom-post-type-ui.php|Custom Post Type UI|WebDevStudios|3||7.4|1.18.0 1.18.1|Admin UI panel for registering custom post types and taxonomies.
svg-support/svg-support.php|SVG Support|Benbodhi|3||7.4|2.5.12 2.5.14|Upload SVG files to the Media Library and render SVG files inline for direct styling/animation of an SVG's internal elements using CSS/JS.
enable-media-replace/enable-media-replace.php|Enable Media Replace|ShortPixel|2||5.6|4.1.6 4.1.7|Enable replacing media files by uploading a new file in the "Edit Media" section of the WordPress Media Library.
bbpress/bbpress.php|bbPress|The bbPress Contributors|1||5.6.20|2.6.13 2.6.14|bbPress is forum software with a twist from the creators of WordPress.
simple-history/index.php|Simple History|Pär Thernström|3||7.4|5.18.0 5.19.0|Plugin that logs various things that occur in WordPress and then presents those events in a very nice GUI.
hello.php|Hello Dolly|Matt Mullenweg|3||5.6|1.7.2|This is not just a plugin, it symbolizes the hope and enthusiasm of an entire generation.
wp-db-backup/wp-db-backup.php|Database Backup for WordPress|WP Engine|1|dead 2022-03-02|5.3|2.5.2|On-demand backup of your WordPress database.
mainwp-child/mainwp-child.php|MainWP Child|MainWP|9||7.4|6.0.12 6.1|Provides a secure connection between your MainWP Dashboard and your WordPress sites. MainWP allows you to manage WP sites from one central location.
`

// lastRelease is the day of an abandoned product's last release.
func (p *product) lastRelease() time.Time {
	t, err := time.Parse(time.DateOnly, p.dead)
	if err != nil {
		panic("mainwptest: date in the product table: " + err.Error())
	}
	return t
}
