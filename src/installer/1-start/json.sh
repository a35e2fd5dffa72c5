# json_string TEXT: any bytes as a JSON string in ASCII. What is no UTF-8 becomes the replacement character.
json_string() {
  printf '%s' "$1" | od -An -v -tx1 | awk '
    BEGIN {
      digits = "0123456789abcdef"
      for (i = 0; i < 256; i++) value[substr(digits, int(i / 16) + 1, 1) substr(digits, i % 16 + 1, 1)] = i
      for (i = 32; i < 127; i++) plain[i] = sprintf("%c", i)
      plain[34] = "\\\""; plain[92] = "\\\\"
    }
    { for (i = 1; i <= NF; i++) byte[n++] = value[$i] }
    function escape(code) {
      if (code < 65536) return sprintf("\\u%04x", code)
      code -= 65536
      return sprintf("\\u%04x\\u%04x", 55296 + int(code / 1024), 56320 + code % 1024)
    }
    # How many bytes a character has that begins with this one; 0 if none does.
    function width(first) {
      return first < 128 ? 1 : first < 194 ? 0 : first < 224 ? 2 : first < 240 ? 3 : first < 245 ? 4 : 0
    }
    function decode(i, size,   code, j) {
      if (size == 0 || i + size > n) return -1
      code = size == 1 ? byte[i] : size == 2 ? byte[i] % 32 : size == 3 ? byte[i] % 16 : byte[i] % 8
      for (j = 1; j < size; j++) {
        if (byte[i + j] < 128 || byte[i + j] > 191) return -1
        code = code * 64 + byte[i + j] - 128
      }
      if ((size == 3 && code < 2048) || (size == 4 && (code < 65536 || code > 1114111)) || (code >= 55296 && code < 57344)) return -1
      return code
    }
    END {
      printf "\""
      for (i = 0; i < n; i += size) {
        size = width(byte[i])
        code = decode(i, size)
        if (code < 0) { code = 65533; size = 1 }
        printf "%s", (code in plain) ? plain[code] : escape(code)
      }
      printf "\""
    }
  '
}

# json_rows NAME FIELD...: the lines on standard input, whose columns are made of plain characters, as a list of objects. A
# dash stands for what is left out; `files` is a number.
json_rows() {
  rows_name=$1
  shift
  awk -F "$TAB" -v fields="$*" -v name="$rows_name" '
    function text(value) { gsub(/\\/, "\\\\", value); gsub(/"/, "\\\"", value); return "\"" value "\"" }
    BEGIN { width = split(fields, field, " "); printf "  \"%s\": [", name }
    {
      row = ""
      for (i = 1; i <= width; i++) if ($i != "-" && $i != "") {
        row = row (row == "" ? "" : ", ") "\"" field[i] "\": " (field[i] == "files" ? $i : text($i))
      }
      printf "%s\n    { %s }", (NR > 1 ? "," : ""), row
    }
    END { printf "%s]", (NR > 0 ? "\n  " : "") }
  '
}
