{{- define "assay.name" -}}
{{- printf "%s-%s" .root.Release.Name .part | trunc 63 | trimSuffix "-" -}}
{{- end }}

{{- define "assay.selector" -}}
app.kubernetes.io/name: assay
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .part }}
{{- end }}

{{- define "assay.labels" -}}
{{ include "assay.selector" . }}
app.kubernetes.io/part-of: assay
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end }}

{{- define "assay.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{ .repository }}@{{ .digest }}
{{- else -}}
{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}
{{- end -}}
{{- end -}}
{{- end }}

{{- /* What every pod has: nobody's rights, and nowhere to write but where it is said. */ -}}
{{- define "assay.pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: {type: RuntimeDefault}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity: {{ toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "assay.container" -}}
image: {{ include "assay.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
{{- end }}

{{- /* The names that docker-compose.yml uses. */ -}}
{{- define "assay.databaseEnvironment" -}}
- {name: SPRING_DATASOURCE_URL, value: {{ required "database.url: where PostgreSQL is, jdbc:postgresql://HOST:5432/DATABASE" .root.Values.database.url | quote }}}
- name: SPRING_DATASOURCE_USERNAME
  valueFrom: {secretKeyRef: {name: {{ required (printf "%s.database.existingSecret: the Secret with the role's name and password" .part) .database.existingSecret }}, key: {{ .database.usernameKey }}}}
- name: SPRING_DATASOURCE_PASSWORD
  valueFrom: {secretKeyRef: {name: {{ .database.existingSecret }}, key: {{ .database.passwordKey }}}}
{{- end }}

{{- define "assay.kafkaEnvironment" -}}
- {name: SPRING_KAFKA_BOOTSTRAPSERVERS, value: {{ required "kafka.bootstrapServers: HOST:PORT of Kafka's brokers" .Values.kafka.bootstrapServers | quote }}}
{{- if .Values.kafka.secret.existingSecret }}
- {name: MESSAGING_SECRETFILE, value: /events/secrets}
{{- end }}
{{- end }}

{{- define "assay.kafkaMount" -}}
{{- if .Values.kafka.secret.existingSecret }}
- {name: events, mountPath: /events, readOnly: true}
{{- end }}
{{- end }}

{{- define "assay.kafkaVolume" -}}
{{- with .Values.kafka.secret }}
{{- if .existingSecret }}
- name: events
  secret:
    secretName: {{ .existingSecret }}
    items: [{key: {{ .secretsKey }}, path: secrets}]
    defaultMode: 0400
{{- end }}
{{- end }}
{{- end }}

{{- define "assay.settings" -}}
{{- range $name, $value := . }}
- {name: {{ $name }}, value: {{ $value | quote }}}
{{- end }}
{{- end }}

{{- define "assay.spread" -}}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels: {{ include "assay.selector" . | nindent 8 }}
{{- end }}
