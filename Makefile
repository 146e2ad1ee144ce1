# Muster's tasks. "make demo" shows the product, "make test" runs every test, "make check" is what CI runs.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

TOOL := go tool -modfile=tools.mod
FUZZTIME ?= 2m
KILLS ?= 200

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: ## start Muster over three made-up Dashboards with about 600 sites
	go run ./cmd/server demo

.PHONY: run
run: ## serve the real thing on 127.0.0.1:8080 with data in ./data
	go run ./cmd/server serve

.PHONY: build
build: ## build the static binary ./muster
	CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o muster ./cmd/server

.PHONY: test
test: compiler chromium ## run all tests, browser tests included, after installing what they need
	CGO_ENABLED=1 go test -race -shuffle=on -timeout 20m ./...

.PHONY: check
check: generated lint build test ## everything that CI runs

.PHONY: generate
generate: ## format the templates, write their Go files and tidy go.mod
	$(TOOL) templ fmt views
	$(TOOL) templ generate -path views
	go mod tidy

# Compares before and after instead of asking git, so that it also holds for work not committed yet.
.PHONY: generated
generated: ## fail if "make generate" would change a file
	@sums() { find views -name '*.templ' -o -name '*_templ.go' | sort | xargs sha256sum; sha256sum go.mod go.sum; }; \
	before=$$(sums); $(MAKE) --no-print-directory generate; after=$$(sums); \
	diff <(echo "$$before") <(echo "$$after") || { echo 'These files were not up to date; "make generate" has just written them.' >&2; exit 1; }

.PHONY: fmt
fmt: ## format Go files and templates
	gofmt -w $$(git ls-files '*.go' ':!*_templ.go')
	$(TOOL) templ fmt views

.PHONY: lint
lint: ## check format and run the linters
	@unformatted=$$(gofmt -l $$(git ls-files --cached --others --exclude-standard '*.go' ':!*_templ.go')); \
	[ -z "$$unformatted" ] || { echo "Not in gofmt's form, \"make fmt\" repairs it: $$unformatted" >&2; exit 1; }
	$(TOOL) golangci-lint run ./...

.PHONY: vuln
vuln: ## ask the Go vulnerability database about the code that is really called
	$(TOOL) govulncheck ./...

.PHONY: bench
bench: ## print what pages and the mirror cost at 500, 2,000 and 10,000 sites, and what a run costs
	go test -v -run '^$$' -bench 'Muster|Runs' -benchtime 1x -timeout 30m ./cmd/server

.PHONY: torture
torture: compiler ## repeat the store's, the client's and the engine's tests, kill Muster KILLS times, then fuzz for FUZZTIME each
	CGO_ENABLED=1 go test -race -shuffle=on -count=20 -timeout 2h ./db/... ./mainwp/... ./sync/...
	MUSTER_TORTURE=$(KILLS) go test -count=1 -parallel 4 -timeout 2h -run TestKilledInTheMiddleOfRuns ./cmd/server
	for pkg in $$(go list ./...); do \
		for target in $$(go test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
			go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$pkg; \
		done; \
	done

.PHONY: shots
shots: chromium ## write a picture of every page, light, dark and 390 px wide, to ./shots
	MUSTER_SHOTS=$(CURDIR)/shots go test -count=1 -timeout 20m -run TestShots ./cmd/server

# install names a package for apt-get, or says what is missing where there is no apt-get.
define install
if ! command -v apt-get >/dev/null; then echo "$(2) is missing and this machine has no apt-get: please install it." >&2; exit 1; fi; \
sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; \
$$sudo apt-get update -q; $$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $(1)
endef

.PHONY: chromium
chromium: ## install Debian's Chromium where no Chromium or Chrome is found
	@for browser in chromium chromium-browser google-chrome google-chrome-stable; do \
		if command -v $$browser >/dev/null; then exit 0; fi; \
	done; \
	if [ -d '/Applications/Google Chrome.app' ]; then exit 0; fi; \
	$(call install,chromium,Chromium (for the browser tests))

# The race detector is the only thing that needs C.
.PHONY: compiler
compiler:
	@if command -v "$$(go env CC)" >/dev/null; then exit 0; fi; \
	$(call install,gcc libc6-dev,A C compiler (for the race detector))
