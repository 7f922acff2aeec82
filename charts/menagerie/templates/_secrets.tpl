{{/*
A password that is generated once: from the release's Secret if it exists, otherwise new, and the same for all templates
of this rendering. (list . "owner") is the password in the Secret "<name>-owner".
*/}}
{{- define "menagerie.password" -}}
{{- $root := index . 0 -}}
{{- $secret := printf "%s-%s" (include "menagerie.name" $root) (index . 1) -}}
{{- include "menagerie.kept" (list $root $secret "password" "word") -}}
{{- end -}}

{{/* A Secret's value that is generated once: (list . <Secret> <key> "word" or "key"). */}}
{{- define "menagerie.kept" -}}
{{- $root := index . 0 -}}
{{- $at := printf "_kept %s/%s" (index . 1) (index . 2) -}}
{{- if not (hasKey $root.Values $at) -}}
{{- $secret := lookup "v1" "Secret" $root.Release.Namespace (index . 1) | default dict -}}
{{- $old := dig "data" (index . 2) "" $secret -}}
{{- if $old -}}
{{- $_ := set $root.Values $at ($old | b64dec) -}}
{{- else if eq (index . 3) "key" -}}
{{- $_ := set $root.Values $at (randBytes 32) -}}
{{- else -}}
{{- $_ := set $root.Values $at (randAlphaNum 40) -}}
{{- end -}}
{{- end -}}
{{- get $root.Values $at -}}
{{- end -}}

{{/* Annotations of what must exist as long as the data does. */}}
{{- define "menagerie.keep" -}}
{{- if .Values.keepData }}
helm.sh/resource-policy: keep
{{- end }}
{{- end -}}

{{- define "menagerie.secretName.server" -}}
{{- if .Values.database.bundled }}{{ .Values.database.postgres.existingSecrets.server | default (printf "%s-database" (include "menagerie.name" .)) }}{{ else }}{{ .Values.database.external.secret }}{{ end -}}
{{- end -}}
{{- define "menagerie.secretName.owner" -}}
{{- if .Values.database.bundled }}{{ .Values.database.postgres.existingSecrets.owner | default (printf "%s-owner" (include "menagerie.name" .)) }}{{ else }}{{ .Values.database.external.ownerSecret }}{{ end -}}
{{- end -}}
{{- define "menagerie.secretName.superuser" -}}
{{- if .Values.database.bundled }}{{ .Values.database.postgres.existingSecrets.superuser | default (printf "%s-superuser" (include "menagerie.name" .)) }}{{ else }}{{ .Values.database.external.superuserSecret }}{{ end -}}
{{- end -}}
{{- define "menagerie.secretName.cache" -}}
{{- if .Values.cache.bundled }}{{ .Values.cache.valkey.existingSecret | default (printf "%s-cache" (include "menagerie.name" .)) }}{{ else }}{{ .Values.cache.external.secret }}{{ end -}}
{{- end -}}
{{- define "menagerie.secretName.masterKeys" -}}
{{- .Values.masterKeys.existingSecret | default (printf "%s-master-keys" (include "menagerie.name" .)) -}}
{{- end -}}

{{/* The chart's numbered master keys, as the server expects them. */}}
{{- define "menagerie.masterKeys" -}}
{{- $root := . -}}
{{- $secret := include "menagerie.secretName.masterKeys" . -}}
{{- $first := int .Values.masterKeys.first -}}
{{- $keys := list (include "menagerie.kept" (list $root $secret (printf "key-%d" $first) "key")) -}}
{{- range $number := untilStep (int .Values.masterKeys.newest) (sub (int .Values.masterKeys.oldest) 1 | int) -1 -}}
{{- if ne $number $first -}}
{{- $keys = append $keys (include "menagerie.kept" (list $root $secret (printf "key-%d" $number) "key")) -}}
{{- end -}}
{{- end -}}
{{- join "," $keys -}}
{{- end -}}

{{/* The address of the bundled PostgreSQL: (list . <role> <Secret's component> <database>). */}}
{{- define "menagerie.databaseAddress" -}}
{{- $root := index . 0 -}}
{{- printf "postgresql://%s:%s@%s-postgres.%s.svc:5432/%s?sslmode=verify-full&sslrootcert=/run/menagerie/trust/database.crt"
  (index . 1) (include "menagerie.password" (list $root (index . 2))) (include "menagerie.name" $root) $root.Release.Namespace (index . 3) -}}
{{- end -}}

{{- define "menagerie.cacheAddress" -}}
{{- printf "rediss://menagerie:%s@%s-valkey.%s.svc:6379/0?ssl_ca_certs=/run/menagerie/trust/cache.crt"
  (include "menagerie.password" (list . "cache")) (include "menagerie.name" .) .Release.Namespace -}}
{{- end -}}
