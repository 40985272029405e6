#!/usr/bin/env bash
# The same grid through each launcher, on a real Slurm and a real Ray of two nodes each, which this script starts on this
# machine and stops again; every table must be that of the default launcher. Then the features of one folder extracted by
# a job on one node, and by two jobs on two nodes, each with one thread: how long it takes, which says something where
# two cores have nothing else to do, and how many tracks each did.
#
#   [MUSIC=FOLDER] bench/clusters.sh [joblib] [ray] [slurm]        all three unless named
#
# MUSIC holds the music to extract, FOLDER/<genre>/<file>; without it, 190 pieces of 10 s are composed.
# Needs pip install -e '.[sweep,slurm,ray]'; for slurm also Debian's slurm-wlm and munge, and root. It names this machine in
# /etc/hosts where that is missing, which Slurm wants.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'stop; rm -rf "$work"' EXIT
started=()

stop() {
  if [ -e "$work/slurm/slurmctld.pid" ]; then scancel --partition=debug && (wait_for slurm_nodes) || true; fi
  for pid in "${started[@]}" $(cat "$work"/slurm/*.pid 2>/dev/null); do
    kill "$pid" 2>/dev/null || continue
    for _ in $(seq 50); do kill -0 "$pid" 2>/dev/null || break; sleep 0.2; done  # it writes its state before it ends
  done
}

grid() {  # NAME OVERRIDE...: the sweep, whose table becomes NAME.csv, without the column of seconds
  local name=$1; shift
  echo "== $name"
  python train.py -m model=dense split=50/50 epochs=2,4 seed=0,1 lr=1e-4 segment_seconds=1 logger=none \
    data=folder data.root="$work/music" cache="$work/cache-$name" runs="$work/runs-$name" "$@" >"$work/$name.log" 2>&1 ||
    { cat "$work/$name.log"; exit 1; }
  python - "$work/runs-$name"/sweeps/*/table.csv >"$work/$name.csv" <<'PYTHON'
import csv, sys
rows = list(csv.DictReader(open(sys.argv[1], newline="")))
print(*[{key: value for key, value in row.items() if "seconds" not in key} for row in rows], sep="\n")
PYTHON
  grep ' points: ' "$work/$name.log" | cut -d. -f1
  echo "the features were extracted by $(cat "$work/runs-$name"/points/*/train.log | grep -c Extracting) process(es)"
  diff "$work/default.csv" "$work/$name.csv" && echo "the table is that of the default launcher"
}

extract() {  # NAME OVERRIDE...: one job, then two, each time with an empty cache
  local name=$1 seeds folder; shift
  for seeds in 0 0,1; do
    folder=$work/extract-$name-${seeds/,/-}
    python train.py -m model=dense epochs=1 seed=$seeds split=50/50 logger=none data=folder data.root="$music" \
      cache="$folder/cache" runs="$folder" "$@" >"$work/extract.log" 2>&1 || { cat "$work/extract.log"; exit 1; }
    python - "$folder"/points/*/train.log <<'PYTHON'
import re, sys, time
from pathlib import Path
logs = [Path(path).read_text() for path in sys.argv[1:]]
(store,) = Path(sys.argv[1]).parents[2].glob("cache/*/store.json")

def tracks(log):
    found = re.search(r"Extracted (\d+) of", log) or re.search(r"Extracting the features of (\d+) of", log)
    return found[1] if found else "0"

def seconds(clock):
    hours, minutes, seconds = map(int, clock.split(":"))
    return 3600 * hours + 60 * minutes + seconds

begun = min(re.findall(r"^(\S+) .*Extracting the features", "\n".join(logs), re.M))
took = (seconds(time.strftime("%T", time.localtime(store.stat().st_mtime))) - seconds(begun)) % 86400  # logs have no day
print(f"extraction by {len(logs)} node(s): {took} s, {' + '.join(map(tracks, logs))} tracks")
PYTHON
  done
}

wait_for() { for _ in $(seq 60); do "$@" >/dev/null 2>&1 && return; sleep 1; done; echo "not there: $*"; exit 1; }

both() { grid "$@"; extract "$@"; }

run_joblib() { both joblib hydra/launcher=joblib hydra.launcher.n_jobs=2; }

ray_nodes() { ray status | grep -c node_ | grep -qx 2; }

run_ray() {
  export RAY_AUTH_MODE=token RAY_AUTH_TOKEN_PATH=$work/token RAY_ADDRESS=127.0.0.1:6399
  python -c 'import secrets; print(secrets.token_hex(32), end="")' >"$RAY_AUTH_TOKEN_PATH"
  local node=(ray start --block --num-cpus=1 --object-store-memory=100000000)
  env -u RAY_ADDRESS "${node[@]}" --head --port=6399 --include-dashboard=false --temp-dir="$work/ray" >"$work/head.log" 2>&1 &
  started+=($!)
  wait_for ray status
  "${node[@]}" --address=$RAY_ADDRESS >"$work/node.log" 2>&1 &
  started+=($!)
  wait_for ray_nodes
  both ray hydra/launcher=ray hydra.launcher.ray.init.address=$RAY_ADDRESS
}

slurm_nodes() { [ "$(sinfo -h -o %D -t idle)" = 2 ]; }

run_slurm() {
  local folder=$work/slurm host; host=$(hostname)
  export SLURM_CONF=$folder/slurm.conf
  mkdir -p "$folder"/state /run/munge
  getent hosts "$host" >/dev/null || echo "127.0.0.1 $host" >>/etc/hosts
  cat >"$SLURM_CONF" <<END
ClusterName=local
SlurmctldHost=$host
SlurmctldPort=16817
AuthType=auth/munge
SlurmUser=root
SlurmdUser=root
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool-%n
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd-%n.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd-%n.log
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
ReturnToService=2
MpiDefault=none
NodeName=n1 NodeHostname=$host Port=17001 CPUs=1 RealMemory=4000 State=UNKNOWN
NodeName=n2 NodeHostname=$host Port=17002 CPUs=1 RealMemory=4000 State=UNKNOWN
PartitionName=debug Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP
END
  if ! munge -n >/dev/null 2>&1; then
    chown munge:munge /run/munge /etc/munge /var/lib/munge /var/log/munge
    su -s /bin/sh munge -c "/usr/sbin/munged --pid-file=/run/munge/clusters.pid"
    started+=("$(cat /run/munge/clusters.pid)")
  fi
  slurmctld; wait_for sinfo
  slurmd -N n1; slurmd -N n2; wait_for slurm_nodes
  both slurm hydra/launcher=submitit_slurm hydra.launcher.partition=debug hydra.launcher.mem_gb=1
  wait_for slurm_nodes  # the last job's shell ends a moment after its result is there
}

gtzan data compose "$work/music" --tracks-per-genre 4 --seconds 4
music=${MUSIC:-$work/long}
[ -n "${MUSIC:-}" ] || gtzan data compose "$music" --tracks-per-genre 19 --seconds 10
grid default
for name in ${*:-joblib ray slurm}; do "run_$name"; done
