# shellcheck shell=bash
# Shared by quickstart, run-tests and the scripts beside this file, which source it.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck disable=SC2034  # read by those who source this file
python=$root/.venv/bin/python
state=$root/.headway # logs, locks, and where the served model is; not in git
mkdir -p "$state/logs"

say() { printf '%s\n' "$*" >&2; }

fail() {
  say "${0##*/}: $*"
  exit 1
}

# fail_with_log LOG MESSAGE
fail_with_log() {
  say "---- the last lines of $1"
  tail -n 25 "$1" >&2
  say "----"
  fail "$2"
}

now() { printf '%s' "${EPOCHREALTIME/[.,]/}"; } # microseconds; the locale chooses the decimal mark

# seconds_since BEGAN: BEGAN as `now` gave it
seconds_since() {
  local tenths=$((($(now) - $1) / 100000))
  printf '%d.%d s' $((tenths / 10)) $((tenths % 10))
}

# A child has a session of its own, so that it can be ended with all it started, and bash waits for it with `wait`,
# which a signal interrupts. Sets `child` while it runs.
child=
run() {
  local status=0
  setsid "$@" </dev/null &
  child=$!
  wait "$child" || status=$?
  child=
  return "$status"
}

end_process() {
  kill -TERM -- "-$1" 2>/dev/null || kill -TERM "$1" 2>/dev/null || true
  wait "$1" 2>/dev/null || true
}

end_child() {
  local pid
  for pid in $child "${beside[@]}"; do end_process "$pid"; done
}

# on_exit FUNCTION: it runs once at the end, also after a signal. A signal is reported as the shells do: 128 + number.
on_exit() {
  # shellcheck disable=SC2064  # the name is known now
  trap "$1" EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  trap 'exit 129' HUP
}

# step LOG WHAT COMMAND...: says what and how long; the command's output goes to the log.
step() {
  local log=$state/logs/$1.log what=$2 began
  began=$(now)
  shift 2
  say "$what (log: ${log#"$root"/})"
  run "$@" >"$log" 2>&1 || fail_with_log "$log" "$what failed. The command was: $*. The whole log: $log. Once that is mended, run this again: it goes on from there"
  say "  done in $(seconds_since "$began")"
}

# beside LOG COMMAND...: starts a step that others need not wait for. finish_step LOG WHAT waits for it.
declare -A beside=()
beside() {
  local log=$1
  shift
  setsid "$@" </dev/null >"$state/logs/$log.log" 2>&1 &
  beside[$log]=$!
}

finish_step() {
  local log=$state/logs/$1.log began
  began=$(now)
  say "$2 (log: ${log#"$root"/})"
  wait "${beside[$1]}" || fail_with_log "$log" "$2 failed. The whole log: $log. Once that is mended, run this again: it goes on from there"
  unset "beside[$1]"
  say "  done after $(seconds_since "$began") more"
}

packages() {
  local began
  began=$(now)
  say "Debian packages: $*"
  "$root/tools/install-packages" "$@"
  say "  done in $(seconds_since "$began")"
}

# One at a time prepares this checkout. The lock is held by an open file: it ends with those who hold the file.
lock() {
  exec {lock_file}>"$state/lock"
  flock --nonblock "$lock_file" && return
  say "Another quickstart or run-tests is preparing this checkout; waiting for it to finish"
  flock "$lock_file"
}

unlock() { exec {lock_file}>&-; }

# Nothing here calls a hosted endpoint, or sends a key, because the environment happens to name one.
forget_hosted_endpoint() {
  unset OPENAI_API_KEY OPENAI_BASE_URL OPENAI_API_BASE OPENAI_ORG_ID OPENAI_PROJECT_ID HEADWAY_MODEL
}
