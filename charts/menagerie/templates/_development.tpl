{{/*
With `development`, the pods that people work with run a copy of the code and the page from their own volume, so that
`skaffold dev` can change it while they run and everything else stays read-only. SIGHUP restarts the server with it.
*/}}
{{- define "menagerie.developmentCopy" -}}
- name: copy
  {{- include "menagerie.ownContainer" . | nindent 2 }}
  command:
    - python
    - -c
    - |
      import pathlib, shutil, menagerie
      package = pathlib.Path(menagerie.__file__).parent
      # Without the bytecode, which isn't checked against changed sources.
      shutil.copytree(package, "/development/python/menagerie", ignore=shutil.ignore_patterns("__pycache__"))
      shutil.copytree("/opt/menagerie/web", "/development/web")
  resources:
    requests: {cpu: 10m, memory: 64Mi, ephemeral-storage: 16Mi}
    limits: {memory: 256Mi, ephemeral-storage: 1Gi}
  volumeMounts:
    {{- include "menagerie.developmentMount" . | nindent 4 }}
{{- end -}}

{{- define "menagerie.developmentEnvironment" -}}
- {name: PYTHONPATH, value: /development/python}
- {name: MENAGERIE_WEB_DIRECTORY, value: /development/web}
{{- end -}}

{{- define "menagerie.developmentMount" -}}
- {name: development, mountPath: /development}
{{- end -}}

{{- define "menagerie.developmentVolume" -}}
- name: development
  emptyDir: {sizeLimit: 512Mi}
{{- end -}}
