#!/bin/sh
# install.sh: checks an airgo kit and installs it on this host. It has no network code at all.
#
#   sh install.sh --key FILE            check the kit with the public key you were given, then install it
#   sh install.sh help                  all verbs and options
#
# It needs a POSIX shell and what a small Linux has: coreutils or busybox, tar, gzip, awk, sed, find, xargs; and for the
# signatures one of openssl, gpgv, gpg, sqv, OpenSSH's keygen, minisign or signify. It calls no sudo, edits no file of
# yours, and writes only below the prefix, in one temporary folder, where receipts go, and the files of its own that --env
# and --schedule ask for. Everything is checked before the first write; what is new gets its name by a rename; the link
# `current` moves last. So a run that is killed at any point leaves the earlier installation, or the new one, and never
# half of one.
#
# Its parts, in this order, each below a line with its name: how it starts and speaks (1-start), what it is asked (2-asked),
# this machine (3-host), keys (4-keys), signatures (5-signatures), the kit (6-kit), making an installation
# (7-installation), checking one (7-installed), mending one (7-repair), the verbs (8-verbs), main.
#
# All code is in functions and the last line calls main, so that a truncated copy of this file does nothing.

# shellcheck disable=SC2015,SC2016
# SC2015: `a && b || fail ...` is meant as it reads, because fail ends the script.
# SC2016: programs for awk and texts of wrappers hold dollar signs that this shell must not expand.

# What the kit's tables look like; a kit of another format is refused (docs/kit-format.md).
FORMAT=1

# The version of airgo that this script belongs to; the build puts it here.
AIRGO_VERSION=@VERSION@
