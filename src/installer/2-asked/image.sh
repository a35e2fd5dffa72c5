# An image that is built below --root: there an absolute link means another place than here, so none is followed.

# refuse_links_out PATH: ends with a usage error if a folder of a path below ROOT, or what it names, is a link that leads out
# of the image, or would lead elsewhere once the image runs. What is not there yet is no link.
refuse_links_out() {
  link_at=$ROOT
  link_rest=${1#"$ROOT"}/
  link_count=0
  while [ -n "$link_rest" ]; do
    link_name=${link_rest%%/*}
    link_rest=${link_rest#*/}
    case $link_name in
    '' | .) continue ;;
    ..)
      [ "$link_at" != "$ROOT" ] || link_leads_out "$1" "more .. than folders"
      link_at=${link_at%/*}
      continue
      ;;
    esac
    if [ ! -L "$link_at/$link_name" ]; then
      link_at=$link_at/$link_name
      continue
    fi
    link_count=$((link_count + 1))
    link_target=$(readlink "$link_at/$link_name") || disk_failed "readlink $link_at/$link_name"
    case $link_target in /*) link_leads_out "$link_at/$link_name" "an absolute link to $link_target" ;; esac
    [ "$link_count" -le 40 ] || link_leads_out "$1" "links in a circle"
    link_rest=$link_target/$link_rest
  done
}

# link_leads_out WHERE FOUND
link_leads_out() {
  fail 2 AIRGO_USAGE "a link leads out of the image" where "$1" found "$(printable "$2")" \
    next "make it a relative link that stays in the image, or a folder"
}
