#!/bin/bash
# Our outbox and Postfix's relay, interleaved, into the same smtp-sink with mails of the same size. As root (Postfix).
#   bench/mail.sh BUILD_FOLDER [LETTERS] [ROUNDS] [plain | rsa | both]
# rsa: both sign with DKIM, RSA-2048: Postfix by OpenDKIM as its milter. both: ours adds Ed25519, which OpenDKIM cannot do at once.
set -euo pipefail
build=$1; letters=${2:-5000}; rounds=${3:-3}; mode=${4:-plain}
d=$(mktemp -d); chmod 755 "$d"
free_port() { python3 -c 'import socket; s=socket.socket(); s.bind(("127.0.0.1",0)); print(s.getsockname()[1])'; }
sink=$(free_port); relay=$(free_port); milter=$(free_port); signing=
if [ "$mode" != plain ]; then
    openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$d/key.pem" 2>/dev/null
    printf '%s\n' "Mode s" "Domain bench.local" "Selector r" "KeyFile $d/key.pem" "Canonicalization relaxed/relaxed" "RequireSafeKeys no" \
        "Background no" "Socket inet:$milter@127.0.0.1" > "$d/opendkim.conf"
    opendkim -f -x "$d/opendkim.conf" & dkim_pid=$!
    signing="smtpd_milters = inet:127.0.0.1:$milter
milter_default_action = tempfail"
fi
smtp-sink -u nobody "127.0.0.1:$sink" 1000 & sink_pid=$!
mkdir -p "$d/etc" "$d/queue" "$d/data"; chown postfix "$d/data"
cat > "$d/etc/main.cf" <<CF
compatibility_level = 3.6
queue_directory = $d/queue
data_directory = $d/data
myhostname = bench.local
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
relayhost = [127.0.0.1]:$sink
smtp_dns_support_level = disabled
in_flow_delay = 0
smtpd_client_connection_count_limit = 0
default_destination_concurrency_limit = 50
smtp_connection_cache_on_demand = yes
smtp_connection_cache_destinations = 127.0.0.1
maillog_file = /dev/null
maillog_file_prefixes = /dev, /var
$signing
CF
{ echo "127.0.0.1:$relay inet n - n - - smtpd"
  grep -vE '^#|^$|^ ' /usr/share/postfix/master.cf.dist | awk '$2 != "inet" && $8 != "pipe" { $5 = "n"; print }'; } > "$d/etc/master.cf"
postfix -c "$d/etc" start >/dev/null 2>&1
trap 'postfix -c "$d/etc" stop >/dev/null 2>&1; kill $sink_pid ${dkim_pid:-}; rm -rf "$d"' EXIT
until python3 -c "import socket; socket.create_connection(('127.0.0.1',$relay))" 2>/dev/null; do sleep 0.2; done
python3 - "$d" <<'PY'
import os, statistics, sys, time
with open(sys.argv[1] + "/sync", "wb") as f:
    times = []
    for _ in range(200):
        f.write(b"x" * 4096); f.flush(); t = time.perf_counter(); os.fdatasync(f.fileno()); times.append(time.perf_counter() - t)
print(f"machine: {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, fdatasync median {statistics.median(times)*1000:.2f} ms")
PY
for round in $(seq "$rounds"); do
    echo "round $round"
    "$build/bin/bench_mail" "$d/bench$round.db" "$sink" "$letters" 10240 "$mode"
    start=$(date +%s.%N)
    smtp-source -d -s 50 -l 10240 -m "$letters" -f a@bench.local -t b@dest.local "127.0.0.1:$relay"
    accepted=$(date +%s.%N)
    while [ -n "$(find "$d"/queue/{incoming,active,deferred,maildrop} -type f -print -quit 2>/dev/null)" ]; do sleep 0.05; done
    end=$(date +%s.%N)
    awk -v n="$letters" -v s="$start" -v a="$accepted" -v e="$end" 'BEGIN { printf "postfix, '"$mode"': accepts %.0f/s, end to end %.0f/s\n", n/(a-s), n/(e-s) }'
done
