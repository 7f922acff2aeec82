{{/* Where backups are kept, for the job that makes them and the operator who restores them. Contains no secrets. */}}
{{- define "menagerie.backupEnvironment" -}}
{{- with .Values.backup }}
- {name: MENAGERIE_BACKUP_PLACE, value: {{ .s3.place | default "/backups" | quote }}}
{{- if .s3.place }}
- {name: MENAGERIE_BACKUP_S3_REGION, value: {{ .s3.region | quote }}}
{{- with .s3.endpoint }}
- {name: MENAGERIE_BACKUP_S3_ENDPOINT, value: {{ . | quote }}}
{{- end }}
{{- if .s3.authoritySecret }}
- {name: MENAGERIE_BACKUP_S3_AUTHORITY, value: /run/menagerie/backup/ca.crt}
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "menagerie.backupMounts" -}}
{{- if not .Values.backup.s3.place }}
- {name: backups, mountPath: /backups}
{{- else if .Values.backup.s3.authoritySecret }}
- {name: backup-trust, mountPath: /run/menagerie/backup, readOnly: true}
{{- end }}
{{- end -}}

{{- define "menagerie.backupVolumes" -}}
{{- with .Values.backup }}
{{- if not .s3.place }}
- name: backups
  persistentVolumeClaim: {claimName: {{ include "menagerie.backupClaim" $ }}}
{{- else if .s3.authoritySecret }}
- name: backup-trust
  secret: {secretName: {{ .s3.authoritySecret }}, items: [{key: {{ .s3.authorityKey }}, path: ca.crt}]}
{{- end }}
{{- end }}
{{- end -}}

{{- define "menagerie.backupClaim" -}}
{{- .Values.backup.volume.existingClaim | default (printf "%s-backup" (include "menagerie.name" .)) -}}
{{- end -}}

{{- define "menagerie.toBackups" }}
{{- with .Values.backup }}
{{- if and .enabled .s3.place }}
{{- include "menagerie.outside" (list .s3 .s3.port) }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Two keys of one Secret, each mounted as a file. */}}
{{- define "menagerie.secretName.backupKeyId" -}}
{{- if and .Values.backup.enabled .Values.backup.s3.place }}{{ .Values.backup.s3.secret }}{{ end -}}
{{- end -}}
{{- define "menagerie.secretName.backupSecretKey" -}}
{{- include "menagerie.secretName.backupKeyId" . -}}
{{- end -}}

{{- define "menagerie.backupChecks" -}}
{{- with .Values.backup -}}
{{- if and .s3.place .volume.existingClaim -}}
{{- fail "\n\nbackup.s3.place and backup.volume.existingClaim are both set. Leave one of them empty: backups are kept in one place.\n" -}}
{{- end -}}
{{- if and .enabled .s3.place (not .s3.secret) (not $.Values.serviceAccount.annotations) -}}
{{- fail "\n\nbackup.s3.place needs credentials: set backup.s3.secret to a Secret with menagerie_backup_s3_access_key_id and menagerie_backup_s3_secret_access_key, or serviceAccount.annotations to ones that give the pods a role.\n" -}}
{{- end -}}
{{- if and (not .s3.place) (or .s3.endpoint .s3.secret .s3.authoritySecret) -}}
{{- fail "\n\nbackup.s3 is set without a place. Set backup.s3.place, as in s3://bucket/prefix, or leave the others empty too.\n" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/*
Where the backup's pod may run: in addition to the values, on the operator's node if the volume is ReadWriteOnce,
because the operator's pod mounts it too and only pods on one node can share it.
*/}}
{{- define "menagerie.backupScheduling" -}}
{{- $affinity := deepCopy (.Values.backup.affinity | default .Values.scheduling.affinity) -}}
{{- if and .Values.operator.enabled (not .Values.backup.s3.place) (eq .Values.backup.volume.accessMode "ReadWriteOnce") -}}
{{- $beside := dict "topologyKey" "kubernetes.io/hostname" "labelSelector" (dict "matchLabels" (include "menagerie.selector" (list . "operator") | fromYaml)) -}}
{{- $required := append (dig "podAffinity" "requiredDuringSchedulingIgnoredDuringExecution" list $affinity) $beside -}}
{{- $affinity = mergeOverwrite $affinity (dict "podAffinity" (dict "requiredDuringSchedulingIgnoredDuringExecution" $required)) -}}
{{- end -}}
{{- toYaml (dict "nodeSelector" .Values.backup.nodeSelector "tolerations" .Values.backup.tolerations "affinity" $affinity) -}}
{{- end -}}
