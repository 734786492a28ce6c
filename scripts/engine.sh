# A Docker engine for the tests, where none answers. To be sourced; $as_root is
# empty or the command that makes one root.

# engine_start DIR starts an engine that keeps all it has below DIR, and exports
# DOCKER_HOST. It fails when no engine comes up, and says why.
engine_start() {
    engine_dir=$1
    local driver
    # Without the userland proxy, whose CPU time would pass for nginx's. overlay2
    # does not work on every file system, vfs does.
    for driver in overlay2 vfs; do
        set -m # a process group of its own: Ctrl-C is for the tests first
        $as_root dockerd --storage-driver "$driver" --userland-proxy=false \
            --group "$(id -g)" --host "unix://$engine_dir/docker.sock" \
            --data-root "$engine_dir/data" --exec-root "$engine_dir/exec" \
            --pidfile "$engine_dir/docker.pid" >"$engine_dir/log" 2>&1 </dev/null &
        engine=$!
        set +m
        if engine_ready; then
            export DOCKER_HOST=unix://$engine_dir/docker.sock
            return
        fi
        grep -E 'level=(error|fatal)|^failed' "$engine_dir/log" | tail -3
        engine_stop
    done
    return 1
}

# engine_ready waits for the engine to answer.
engine_ready() {
    local try
    for try in $(seq 150); do
        if docker --host "unix://$engine_dir/docker.sock" version >/dev/null 2>&1; then return 0; fi
        if ! kill -0 "$engine" 2>/dev/null; then return 1; fi
        sleep 0.2
    done
    return 1
}

# engine_stop stops the engine that engine_start started, if it did, and
# removes what it kept.
engine_stop() {
    if [ -z "${engine:-}" ]; then return 0; fi
    local mount
    $as_root kill -TERM "$engine" 2>/dev/null || true
    wait "$engine" 2>/dev/null || true
    engine=
    # Deepest first.
    awk -v dir="$engine_dir/" 'index($5, dir) == 1 { print $5 }' /proc/self/mountinfo | sort -r |
        while read -r mount; do $as_root umount "$mount"; done
    $as_root rm -rf --one-file-system "$engine_dir/data" "$engine_dir/exec" "$engine_dir/docker.pid"
}
