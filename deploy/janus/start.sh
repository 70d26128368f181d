# Writes the configuration that docs/operations.md describes, with the two admin keys of the environment, and runs Janus.
set -eu
: "${JANUS_STREAMING_ADMIN_KEY:?}" "${JANUS_VIDEOROOM_ADMIN_KEY:?}"
folder=/tmp/janus
mkdir -p "$folder"
umask 077
cat > "$folder/janus.jcfg" <<END
general: { configs_folder = "$folder"
           plugins_folder = "$(dirname "$(find /usr/lib -name libjanus_streaming.so | head -n 1)")"
           transports_folder = "$(dirname "$(find /usr/lib -name libjanus_websockets.so | head -n 1)")"
           debug_level = 3 }
media:   { rtp_port_range = "${JANUS_WEBRTC_PORTS:-20000-20199}" }
nat:     { full_trickle = true
           ignore_mdns = true
           nat_1_1_mapping = "${JANUS_PUBLIC_ADDRESS:-127.0.0.1}"
           keep_private_host = true }
END
cat > "$folder/janus.transport.websockets.jcfg" <<END
general: { ws = true
           ws_port = 8188 }
END
cat > "$folder/janus.plugin.streaming.jcfg" <<END
general: { admin_key = "$JANUS_STREAMING_ADMIN_KEY"
           rtp_port_range = "30000-39999" }
END
cat > "$folder/janus.plugin.videoroom.jcfg" <<END
general: { admin_key = "$JANUS_VIDEOROOM_ADMIN_KEY"
           lock_rtp_forward = true }
END
exec janus --configs-folder="$folder" --config="$folder/janus.jcfg"
