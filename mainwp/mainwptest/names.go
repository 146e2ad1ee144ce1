package mainwptest

import (
	"fmt"
	"strings"
)

// nameSource gives businesses that do not exist. Sources with different bases give different businesses, until all
// combinations of the words below are used up.
type nameSource struct{ next int }

type business struct{ name, host, city string }

var (
	nameFirst = strings.Fields("Maple Harbour Linden Copper Willow Northgate Riverside Amber Juniper Stonebridge Bluebell Cedar Falcon Golden Hazel Ivory Kestrel Lakeside Meadow Oakfield Pebble Quarry Rosewood Silver Thistle Upland Valley Westbrook Yarrow Alder Birchwood Clover Driftwood Elmtree Fernhill Greenway Hillcrest Islet Jade Lantern Marble Nettle Orchard Primrose Redwood Saffron Tidewater Umber Violet Windmill Acorn Beacon Cobalt Dune Ember Foxglove Garnet Heron Indigo Larch")
	nameTrade = []string{
		"Bakery", "Dental Practice", "Yoga Studio", "Law Office", "Bike Workshop", "Coffee Roasters", "Veterinary Clinic", "Architects", "Garden Centre", "Hotel",
		"Physiotherapy", "Bookshop", "Florist", "Optics", "Carpentry", "Kindergarten", "Music School", "Brewery", "Accountants", "Tailors",
		"Pharmacy", "Print Shop", "Boat Rental", "Ceramics", "Real Estate", "Roofing", "Hair Salon", "Film Studio", "Winery", "Camping",
		"Logistics", "Electrics", "Solar", "Dance School", "Pet Supplies", "Interiors", "Surveyors", "Butchers", "Cheese Dairy", "Climbing Hall",
		"Toy Shop", "Goldsmiths", "Upholstery", "Language School", "Foundation", "Choir", "Rowing Club", "Plumbing", "Tea House", "Web Radio",
	}
	nameCity = strings.Fields("Aldenau Brunnwick Corwell Dornach-West Eastmere Fallowby Grünfeld Hollins Ingelby Joswick Karlsau Lomond-Hythe Marbeck Nordhain Ostwig Penrose Quellbach Rothby Sandhurst-Au Tannau")
	nameForm = []string{"Ltd", "GmbH", "LLC", "Inc.", "& Sons", "e.K.", "AB", "BV", ""}
)

// step walks through all combinations once, neighbours far apart.
const nameStep = 35_171

func (s *nameSource) business() business {
	total := len(nameFirst) * len(nameTrade) * len(nameCity)
	n := s.next * nameStep % total
	s.next++
	first := nameFirst[n%len(nameFirst)]
	n /= len(nameFirst)
	trade := nameTrade[n%len(nameTrade)]
	city := nameCity[n/len(nameTrade)]
	name := first + " " + trade
	host := slugify(name) + "-" + slugify(city) + ".example"
	return business{name: name, host: host, city: city}
}

func slugify(s string) string {
	s = strings.NewReplacer(" ", "-", "ü", "ue", ".", "", "&", "and").Replace(strings.ToLower(s))
	return strings.Trim(s, "-")
}

// oddName is a name that breaks pages which are not careful, for the i-th odd site.
func oddName(i int, b business) string {
	switch i % 5 {
	case 0:
		return b.name + " 🚲✨"
	case 1:
		return "مكتبة الحديقة – " + b.name
	case 2:
		return b.name + ` <b>"Süd"</b> & <script>alert(1)</script>`
	case 3:
		return strings.Repeat(b.name+" in "+b.city+", ", 300/(len(b.name)+len(b.city)+6)+1)[:300]
	}
	return "בית הקפה " + b.city
}

// oddNote is a note as people write them: several lines, HTML, pasted things.
func oddNote(i int, b business) string {
	switch i % 4 {
	case 0:
		return fmt.Sprintf("<p>Access goes through <strong>%s</strong>, ask for the front desk.</p>\n<ul><li>Do not update the shop on Fridays</li><li>Invoice twice a year</li></ul>", b.name)
	case 1:
		return "Moved to the new host in spring.\nDNS is with the client.\n\nBackups: nightly, kept 30 days."
	case 2:
		return `<p onclick="alert(1)">Old theme, see <a href="https://wiki.example/themes?a=1&b=2">our notes</a>.</p><img src=x onerror=alert(2)>`
	}
	return "Relaunch planned. Budget agreed \u2013 80 % done \U0001F680"
}

var agencyNames = []string{"Northlight Studio", "Brightfold Agency", "Paper & Pixel", "Harbourline Digital", "Kupferwerk Media", "Fjord & Field", "Seven Oaks Web", "Lumen Collective", "Tandem Sites", "Blue Anchor Web"}
