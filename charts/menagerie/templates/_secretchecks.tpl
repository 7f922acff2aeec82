{{/*
Whether the Secrets that the values name exist, with the required contents. This works only with a cluster to ask: every
namespace has the ConfigMap that is looked up here, and `helm template` finds nothing at all.
*/}}
{{- define "menagerie.secretChecks" -}}
{{- if lookup "v1" "ConfigMap" .Release.Namespace "kube-root-ca.crt" -}}
{{- $database := .Values.database.external -}}
{{- $cache := .Values.cache.external -}}
{{- $encrypted := not .Values.settings.allow_plain_text -}}
{{- if not .Values.database.bundled -}}
{{- $verified := ternary "sslmode=verify-full" "" $encrypted -}}
{{- include "menagerie.addressCheck" (list . "database.external.secret" $database.secret "menagerie_database_url" "^postgres(ql)?://" $verified) -}}
{{- include "menagerie.addressCheck" (list . "database.external.ownerSecret" $database.ownerSecret "menagerie_owner_database_url" "^postgres(ql)?://" $verified) -}}
{{- include "menagerie.addressCheck" (list . "database.external.superuserSecret" $database.superuserSecret "menagerie_superuser_database_url" "^postgres(ql)?://" $verified) -}}
{{- include "menagerie.secretCheck" (list . "database.external.authoritySecret" $database.authoritySecret $database.authorityKey) -}}
{{- end -}}
{{- if .Values.database.bundled -}}
{{- range $part, $key := dict "server" "menagerie_database_url" "owner" "menagerie_owner_database_url" "superuser" "menagerie_superuser_database_url" -}}
{{- include "menagerie.secretCheck" (list $ (printf "database.postgres.existingSecrets.%s" $part) (get $.Values.database.postgres.existingSecrets $part) $key "password") -}}
{{- end -}}
{{- end -}}
{{- if .Values.cache.bundled -}}
{{- include "menagerie.secretCheck" (list . "cache.valkey.existingSecret" .Values.cache.valkey.existingSecret "menagerie_redis_url" "users.acl") -}}
{{- end -}}
{{- if not .Values.cache.bundled -}}
{{- include "menagerie.addressCheck" (list . "cache.external.secret" $cache.secret "menagerie_redis_url" (ternary "^rediss://" "^rediss?://" $encrypted) "") -}}
{{- include "menagerie.secretCheck" (list . "cache.external.authoritySecret" $cache.authoritySecret $cache.authorityKey) -}}
{{- end -}}
{{- include "menagerie.masterKeysCheck" . -}}
{{- if eq .Values.tls.source "existing" -}}
{{- range $part, $needed := dict "server" true "postgres" .Values.database.bundled "valkey" .Values.cache.bundled -}}
{{- if $needed -}}
{{- include "menagerie.secretCheck" (list $ (printf "tls.existing.%s" $part) (get $.Values.tls.existing $part) "tls.crt" "tls.key") -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Your own Secret must have these keys: (list . <value> <Secret> <key> …); without a name, nothing is checked. */}}
{{- define "menagerie.secretCheck" -}}
{{- $root := index . 0 -}}
{{- $name := index . 2 -}}
{{- if $name -}}
{{- $keys := slice . 3 -}}
{{- $found := lookup "v1" "Secret" $root.Release.Namespace $name -}}
{{- if not $found -}}
{{- fail (printf "\n\n%s names the Secret %s, which is not in the namespace %s. Create it there, with %s.\n" (index . 1) $name $root.Release.Namespace (join " and " $keys)) -}}
{{- end -}}
{{- range $key := $keys -}}
{{- if not (dig "data" $key "" $found) -}}
{{- fail (printf "\n\nThe Secret %s, which %s names, has no %s.\n" $name (index $ 1) $key) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/*
Your own Secret must have an address with the right scheme and encryption:
(list . <value> <Secret> <key> <pattern> <part>).
*/}}
{{- define "menagerie.addressCheck" -}}
{{- include "menagerie.secretCheck" (slice . 0 4) -}}
{{- if index . 2 -}}
{{- $address := dig "data" (index . 3) "" (lookup "v1" "Secret" (index . 0).Release.Namespace (index . 2)) | b64dec | trim -}}
{{- if not (and (regexMatch (index . 4) $address) (contains (index . 5) $address)) -}}
{{- fail (printf "\n\n%s in the Secret %s isn't an address that begins with %s%s.\n" (index . 3) (index . 2) (trimPrefix "^" (index . 4) | replace "s?" "" | replace "(ql)?" "ql") (ternary (printf " and contains %s" (index . 5)) "" (ne (index . 5) ""))) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "menagerie.masterKeysCheck" -}}
{{- with .Values.masterKeys.existingSecret -}}
{{- include "menagerie.secretCheck" (list $ "masterKeys.existingSecret" . "menagerie_master_keys") -}}
{{- range $position, $key := dig "data" "menagerie_master_keys" "" (lookup "v1" "Secret" $.Release.Namespace .) | b64dec | trim | splitList "," -}}
{{- if not (regexMatch "^[A-Za-z0-9+/]{43}=$" (trim $key)) -}}
{{- fail (printf "\n\nKey %d of menagerie_master_keys in the Secret %s is not 32 bytes in base64. `menagerie keys generate` makes one.\n" (add1 $position) $.Values.masterKeys.existingSecret) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
