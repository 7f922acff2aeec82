{{/* What every pod has: (list . <user> <values of its component>). */}}
{{- define "menagerie.pod" -}}
{{- $root := index . 0 -}}
serviceAccountName: {{ include "menagerie.name" $root }}
automountServiceAccountToken: false
# A Service named menagerie would otherwise set MENAGERIE_PORT.
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: {{ index . 1 }}
  runAsGroup: {{ index . 1 }}
  fsGroup: {{ index . 1 }}
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: {type: RuntimeDefault}
{{- with $root.Values.imagePullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- range $rule := list "nodeSelector" "tolerations" "affinity" }}
{{- with get (index $ 2) $rule | default (get $root.Values.scheduling $rule) }}
{{ $rule }}: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
{{- end -}}

{{/* What every container has: (list . <image>). */}}
{{- define "menagerie.container" -}}
{{- $root := index . 0 -}}
image: {{ index . 1 | quote }}
{{- with $root.Values.imagePullPolicy }}
imagePullPolicy: {{ . }}
{{- end }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  privileged: false
  capabilities: {drop: [ALL]}
{{- end -}}

{{/* A container of our own image, which also has settings, secrets and trust. */}}
{{- define "menagerie.ownContainer" -}}
{{ include "menagerie.container" (list . .Values.image) }}
envFrom:
  - configMapRef: {name: {{ include "menagerie.name" . }}}
{{- end -}}

{{- define "menagerie.ownMounts" -}}
- {name: secrets, mountPath: /run/menagerie/secrets, readOnly: true}
- {name: trust, mountPath: /run/menagerie/trust, readOnly: true}
- {name: temporary, mountPath: /tmp}
{{- end -}}

{{/*
The volumes of ownMounts, with only these secrets: (list . "server" …), out of server, owner, superuser, cache,
masterKeys, backupKeyId and backupSecretKey.
*/}}
{{- define "menagerie.ownVolumes" -}}
{{- $root := index . 0 -}}
{{- $files := dict "server" "menagerie_database_url" "owner" "menagerie_owner_database_url" "superuser" "menagerie_superuser_database_url" "cache" "menagerie_redis_url" "masterKeys" "menagerie_master_keys" "backupKeyId" "menagerie_backup_s3_access_key_id" "backupSecretKey" "menagerie_backup_s3_secret_access_key" -}}
- name: secrets
  projected:
    defaultMode: 0440
    sources:
      {{- range $part := rest . }}
      {{- with include (printf "menagerie.secretName.%s" $part) $root }}
      - secret:
          name: {{ . }}
          items: [{key: {{ get $files $part }}, path: {{ get $files $part }}}]
      {{- end }}
      {{- end }}
- name: trust
  projected:
    sources:
      {{- include "menagerie.trust" (list $root "server" (include "menagerie.tlsSecret" (list $root "server")) "ca.crt") | nindent 6 }}
      {{- with $root.Values.database }}
      {{- if .bundled }}
      {{- include "menagerie.trust" (list $root "database" (include "menagerie.tlsSecret" (list $root "postgres")) "ca.crt") | nindent 6 }}
      {{- else if .external.authoritySecret }}
      {{- include "menagerie.trust" (list $root "database" .external.authoritySecret .external.authorityKey) | nindent 6 }}
      {{- end }}
      {{- end }}
      {{- with $root.Values.cache }}
      {{- if .bundled }}
      {{- include "menagerie.trust" (list $root "cache" (include "menagerie.tlsSecret" (list $root "valkey")) "ca.crt") | nindent 6 }}
      {{- else if .external.authoritySecret }}
      {{- include "menagerie.trust" (list $root "cache" .external.authoritySecret .external.authorityKey) | nindent 6 }}
      {{- end }}
      {{- end }}
- name: temporary
  emptyDir: {sizeLimit: 512Mi}
{{- end -}}

{{/* One authority in the volume `trust`: (list . "database" <Secret> <key>). A public certificate has no ca.crt. */}}
{{- define "menagerie.trust" -}}
- secret:
    name: {{ index . 2 }}
    {{- if eq (index . 1) "server" }}
    optional: true
    {{- end }}
    items: [{key: {{ index . 3 }}, path: {{ index . 1 }}.crt}]
{{- end -}}

{{/*
Annotations that replace the pods when what they read at startup changes: the settings and what the chart generates.
(list . <certificate's component>…). Your own Secrets aren't covered: restart the rollout when they change.
*/}}
{{- define "menagerie.checksums" -}}
{{- $root := index . 0 -}}
checksum/settings: {{ include "menagerie.settings" $root | sha256sum }}
{{- if not $root.Values.masterKeys.existingSecret }}
checksum/master-keys: {{ include "menagerie.masterKeys" $root | sha256sum }}
{{- end }}
{{- if eq $root.Values.tls.source "chart" }}
{{- include "menagerie.makeAuthority" $root }}
{{- include "menagerie.makeCertificate" (list $root "server" (include "menagerie.serverNames" $root)) }}
checksum/certificates: {{ printf "%s%s" $root.Values._authority.bundle $root.Values._certificate_server.crt | sha256sum }}
{{- end }}
{{- end -}}
