#!/usr/bin/env bash
# A sweep on a SLURM cluster of one node, made for this test: Debian's
# packages, started without systemd, stopped by pid. Needs root.
# usage: tests/slurm.sh [SWEEP]
set -euo pipefail
cd "$(dirname "$0")/.."
sweep=${1:-notebooks/sweeps/quick.yaml}
# the jobs find the cluster there alone: what starts them drops SLURM_CONF
conf=/etc/slurm/slurm.conf
here=$(mktemp -d /tmp/slurm.XXXXXX)
daemons=(munged slurmctld slurmd)

# say what is wrong, with the daemons' last words, and end
fail() {
    echo "$1" >&2
    tail -n 20 "$here"/*.log >&2 2>/dev/null || true
    exit 1
}

# stop what was started here, the last first
stop() {
    local name pid
    for name in slurmd slurmctld munged; do
        pid=$(cat "$here/$name.pid" 2>/dev/null) || continue
        kill "$pid" 2>/dev/null || continue
        for _ in $(seq 100); do
            kill -0 "$pid" 2>/dev/null || break
            sleep 0.1
        done
    done
    if [ "$(readlink "$conf")" = "$here/slurm.conf" ]; then
        rm -f "$conf"
    fi
    rm -rf "$here"
}

# install what the cluster needs and Debian has
install() {
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
        --no-install-recommends slurmctld slurmd slurm-client munge \
        slurm-wlm-basic-plugins >/dev/null
}

# write the cluster's settings: no accounting, one node, root runs all
configure() {
    local host megabytes
    host=$(hostname -s)
    megabytes=$(awk '/MemTotal/ { print int($2 / 1024 * 0.9) }' /proc/meminfo)
    mkdir -p "$here"/{state,spool}
    mkdir -m 700 "$here/munge"
    (umask 077 && head -c 128 /dev/urandom >"$here/munge/key")
    cat >"$here/slurm.conf" <<CONF
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$here/munge/socket
CredType=cred/munge
StateSaveLocation=$here/state
SlurmdSpoolDir=$here/spool
SlurmctldPidFile=$here/slurmctld.pid
SlurmdPidFile=$here/slurmd.pid
SlurmctldLogFile=$here/slurmctld.log
SlurmdLogFile=$here/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SwitchType=switch/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=sched_interval=2,bf_interval=2,batch_sched_delay=0
MinJobAge=3600
ReturnToService=2
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) RealMemory=$megabytes
PartitionName=test Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
}

# start the daemons and wait until the node takes jobs
start() {
    munged --force --key-file="$here/munge/key" \
        --socket="$here/munge/socket" --pid-file="$here/munged.pid" \
        --log-file="$here/munged.log" --seed-file="$here/munge/seed"
    ln -s "$here/slurm.conf" "$conf"
    slurmctld
    slurmd
    for _ in $(seq 300); do
        [ "$(sinfo -h -o %T 2>/dev/null)" = idle ] && return
        sleep 0.1
    done
    fail "The node did not become idle."
}

[ "$(id -u)" = 0 ] || fail "Only root can start a cluster."
[ -e "$conf" ] && fail "There is a cluster already: $conf."
trap stop EXIT
command -v "${daemons[@]}" >/dev/null || install
command -v "${daemons[@]}" >/dev/null || fail "SLURM is not there."
mkdir -p "$(dirname "$conf")"
configure
start

# under a name of its own: what is there under the sweep's is the user's
name=slurm-test-$(date +%s)
[ ! -e "build/sweeps/$name" ] || fail "There is a sweep $name already."
sed "s/^name: .*/name: $name/" "$sweep" >"$here/sweep.yaml"
make sweep SWEEP="$here/sweep.yaml" PROFILE=slurm
runs=$(find "build/sweeps/$name/seals" -name '*.json' | wc -l)
scontrol -o show job | grep -o 'JobId=[0-9]*\|JobState=[A-Z]*\|Comment=[^ ]*' \
    | paste -sd ' ' | sed 's/ JobId/\nJobId/g'
jobs=$(scontrol -o show job | grep -c 'JobState=COMPLETED.*Comment=rule_run_' \
    || true)
[ "$jobs" -ge "$runs" ] && [ "$runs" -gt 1 ] \
    || fail "SLURM completed $jobs jobs; the sweep has $runs runs."
echo "SLURM completed $jobs jobs for $runs runs."
rm -rf "build/sweeps/$name"
