# Stops the processes of a home once their owner is gone, in whatever way it went.
#
# usage: guardian.sh HOME keep|discard
#
# Standard input is a pipe whose other end only the owner holds: it reads as closed at the moment the
# owner ends, kill -9 included. "discard" removes the home afterwards. Runs in any POSIX shell.

home=$1
fate=$2

trap '' HUP INT TERM
cd / || exit 70
echo "$$" >"$home/run/guardian"

while read -r _; do :; done

command_line() {
  if [ -r "/proc/$1/cmdline" ]; then
    tr '\0' ' ' <"/proc/$1/cmdline"
  else
    ps -ww -o args= -p "$1"
  fi 2>/dev/null
}

# A pid may have been given to a stranger meanwhile; ours name the home on their command line.
is_ours() {
  case "$(command_line "$1")" in
    *"$home"/*) return 0 ;;
    *) return 1 ;;
  esac
}

any_left() {
  for pid in $pids; do
    is_ours "$pid" && return 0
  done
  return 1
}

# A child writes its pid file and then looks for this mark; we leave the mark and then look for pid
# files. So a child that was being started in this very moment either sees the mark or is seen.
: >"$home/run/owner-gone"

pids=
for file in "$home"/run/*.pid "$home"/pg18/data/postmaster.pid; do
  [ -f "$file" ] || continue
  signal=
  read -r pid signal <"$file"
  [ -n "$pid" ] && is_ours "$pid" || continue
  pids="$pids $pid"
  kill -s "${signal:-INT}" "$pid" 2>/dev/null
done

tenths=0
while any_left && [ "$tenths" -lt 50 ]; do
  sleep 0.1
  tenths=$((tenths + 1))
done

for pid in $pids; do
  is_ours "$pid" && kill -s KILL "$pid" 2>/dev/null
done

rm -f "$home"/run/*.pid "$home/run/guardian"
[ "$fate" = discard ] && rm -rf -- "$home"
exit 0
