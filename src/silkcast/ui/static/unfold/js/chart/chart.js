// The back office draws no charts; its theme would load 200 kB for them on every page.
