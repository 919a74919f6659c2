# Makes a shell script of a tutorial. A block of `sh` is run; one with a title becomes the file of that name; a block
# of `text` is what the block before it prints.
function quoted(text) {
  gsub(/'/, "'\\''", text)
  return "'" text "'"
}
/^```/ && !inside {
  inside = 1
  block = ""
  kind = substr($1, 4)
  title = match($0, /title="[^"]+"/) ? substr($0, RSTART + 7, RLENGTH - 8) : ""
  next
}
/^```/ {
  inside = 0
  if (title != "")
    print "printf %s " quoted(block) " > " quoted(title)
  else if (kind == "sh")
    print "printf '%s' " quoted(block) "\n{\n" block "} > \"$printed\" 2>&1\ncat \"$printed\""
  else if (kind == "text")
    print "printf %s " quoted(block) " | diff - \"$printed\""
  next
}
inside { block = block $0 "\n" }
