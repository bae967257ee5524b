# make run   build everything, start relay, site and Echo, print one address
# make test  everything that is tested, browser included
# make check formatting, static checks, generated files
# make bench figures, side by side
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PORT  ?= 8080
RELAY ?= 5223
DATA  ?= data
# What the programs and the page call themselves. A release is built by: make release VERSION=1.0.0
VERSION ?= development
export VERSION
# The same source makes the same bytes, wherever it lies: no paths, no time, no C compiler.
GO_BUILD := CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags "-s -w -X main.version=$(VERSION)"
# AGAIN=1: what fails is run once more, and has failed when it fails twice. For machines that do other work meanwhile.
AGAIN ?=
export AGAIN
try = @$1$(if $(AGAIN), || { printf '\033[1m› Failed; once more what failed\033[0m\n'; $1; })
say = @printf '\033[1m› %s\033[0m\n'

# The site that is embedded in the binaries, and what it is made of.
SITE     := web/dist/index.html
SITE_SRC := $(shell find web/src web/static web/index.html web/build.mjs web/pack web/package-lock.json web/tsconfig.json -type f 2>/dev/null) \
            $(shell find smp wasm -name '*.go' ! -name '*_test.go') go.mod
GO_SRC   := $(shell find smp server bridge web wasm -name '*.go' ! -name '*_test.go' 2>/dev/null) go.mod go.sum

JS := GOOS=js GOARCH=wasm
WASM_EXEC := $(shell go env GOROOT)/lib/wasm/go_js_wasm_exec
BROWSER_EXEC := node $(CURDIR)/web/test/wasm_exec_browser.mjs

.PHONY: help run test check bench site go-test wasm-test web-test browser-test clean
help:
	@sed -n '1,4s/^# //p' Makefile

run: build/server build/echo
	$(say) "Starting relay, site and Echo (Ctrl-C stops them; what they keep is in $(DATA)/)"
	@.ci/run-local build/server build/echo $(DATA) $(PORT) $(RELAY)

build/server build/bridge: build/%: $(SITE) $(GO_SRC)
	$(say) "Building $*"
	@mkdir -p build && $(GO_BUILD) -o $@ ./$*

build/echo: $(GO_SRC)
	$(say) "Building echo"
	@mkdir -p build && $(GO_BUILD) -o $@ ./wasm/echo

.PHONY: release
release: $(SITE)
	$(say) "Building release $(VERSION)"
	@rm -rf build/release && mkdir -p build/release
	@for arch in amd64 arm64; do for program in server bridge; do \
		GOOS=linux GOARCH=$$arch $(GO_BUILD) -o build/release/sotto-$$program-linux-$$arch ./$$program; \
	done; done
	@cp web/dist/integrity.json build/release/ && cd build/release && sha256sum * > SHA256SUMS && cat SHA256SUMS

site: $(SITE)
$(SITE): $(SITE_SRC) | web/node_modules/.installed
	$(say) "Building the page and the WebAssembly client"
	@cd web && node build.mjs
	@touch $@

web/node_modules/.installed: web/package-lock.json
	$(say) "Installing the page's build tools"
	@cd web && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

# Debian's Chromium, for the tests that need a browser.
.PHONY: chromium
chromium:
	@command -v chromium >/dev/null || .ci/install-chromium

# Debian's nginx and Caddy, behind which the server is tested.
.PHONY: proxies
proxies:
	@.ci/install-proxies

test: proxies go-test wasm-test web-test browser-test
	$(say) "All tests passed"

go-test: $(SITE)
	$(say) "Go tests"
	$(call try,go test -timeout 15m ./...)
	$(say) "Go tests with the race detector"
	$(call try,go test -race -short -timeout 15m ./smp/... ./bridge/... ./wasm/agent ./wasm/rpc ./server/...)

wasm-test: chromium | web/node_modules/.installed
	$(say) "Go tests as WebAssembly: Node"
	$(call try,$(JS) go test -short -timeout 15m -exec=$(WASM_EXEC) ./smp/wire ./smp ./wasm/ratchet ./wasm/sntrup761 ./wasm/store ./wasm/rpc ./wasm/chat)
	$(say) "Go tests as WebAssembly: Chromium (IndexedDB)"
	$(call try,$(JS) go test -timeout 15m -exec="$(BROWSER_EXEC)" ./wasm/store/idb ./wasm)

web-test: $(SITE)
	$(say) "Page: types and unit tests"
	@cd web && npm run --silent check && npm test --silent

browser-test: chromium build/server build/echo build/bridge
	$(say) "Browser tests"
	@cd web && node test/browser.mjs

check: $(SITE)
	$(say) "Formatting"
	@files=$$(gofmt -l smp wasm server bridge web/*.go); test -z "$$files" || { echo "Run gofmt -w on:"; echo "$$files"; exit 1; }
	$(say) "Modules"
	@go mod tidy -diff && go mod verify
	$(say) "go vet and staticcheck, native and js"
	@go vet ./... && $(JS) go vet ./smp/... ./wasm/...
	@go tool staticcheck ./...
	@go build -o build/staticcheck honnef.co/go/tools/cmd/staticcheck && $(JS) build/staticcheck ./smp/... ./wasm/...
	$(say) "Types of the page"
	@cd web && npm run --silent check
	$(say) "Nothing left for later"
	@! git grep -nE '\b(TODO|FIXME|XXX)\b' -- '*.go' '*.ts' '*.tsx' '*.css'

bench: chromium build/server build/echo
	@.ci/bench

clean:
	rm -rf build web/dist/* web/node_modules
