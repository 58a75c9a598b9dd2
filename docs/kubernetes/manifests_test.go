// Package kubernetes has the tests of the manifests beside it. It is a module of
// its own, so that nothing else depends on what it checks them against.
package kubernetes

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/grafana/k6-operator/pkg/segmentation"
	"github.com/santhosh-tekuri/jsonschema/v6"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

// objects returns the documents of a manifest by kind, each checked against the
// type, or the schema, of its kind: a field that is not there is an error.
func objects(t *testing.T, file string) map[string]any {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]any{}
	for doc := range bytes.SplitSeq(text, []byte("\n---\n")) {
		doc = append(bytes.Clone(doc), '\n')
		var head struct{ APIVersion, Kind string }
		if err := yaml.Unmarshal(doc, &head); err != nil {
			t.Fatal(err)
		}
		var into any
		switch head.APIVersion + " " + head.Kind {
		case "v1 ConfigMap":
			into = &corev1.ConfigMap{}
		case "v1 PersistentVolumeClaim":
			into = &corev1.PersistentVolumeClaim{}
		case "batch/v1 Job":
			into = &batchv1.Job{}
		case "k6.io/v1alpha1 TestRun":
			checkTestRun(t, doc)
			into = &testRun{}
			err = yaml.Unmarshal(doc, into)
		default:
			t.Fatalf("%s: %s of %s", file, head.Kind, head.APIVersion)
		}
		if head.Kind != "TestRun" {
			err = yaml.UnmarshalStrict(doc, into)
		}
		if err != nil {
			t.Errorf("%s: %s: %v", file, head.Kind, err)
		}
		all[head.Kind] = into
	}
	return all
}

// testRun is what the tests ask of one.
type testRun struct {
	Spec struct {
		Parallelism int
		Script      struct{ ConfigMap struct{ Name, File string } }
		Runner      corev1.Container
	}
}

// checkTestRun checks against the resource definition of the operator's release.
func checkTestRun(t *testing.T, doc []byte) {
	t.Helper()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/grafana/k6-operator").Output()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "config/crd/bases/k6.io_testruns.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var crd struct {
		Spec struct {
			Versions []struct {
				Name   string
				Schema struct{ OpenAPIV3Schema map[string]any }
			}
		}
	}
	if err := yaml.Unmarshal(text, &crd); err != nil {
		t.Fatal(err)
	}
	schema := crd.Spec.Versions[0].Schema.OpenAPIV3Schema
	if crd.Spec.Versions[0].Name != "v1alpha1" || schema == nil {
		t.Fatal("the operator's definition has no v1alpha1")
	}
	closed(schema)
	c := jsonschema.NewCompiler()
	if err := c.AddResource("testrun", schema); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile("testrun")
	if err != nil {
		t.Fatal(err)
	}
	var instance any
	object, err := yaml.YAMLToJSON(doc)
	if err == nil {
		instance, err = jsonschema.UnmarshalJSON(bytes.NewReader(object))
	}
	if err == nil {
		err = compiled.Validate(instance)
	}
	if err != nil {
		t.Error(err)
	}
}

// closed makes a schema refuse what it does not know, as the API server warns of.
func closed(schema map[string]any) {
	if _, ok := schema["properties"]; ok && schema["additionalProperties"] == nil {
		schema["additionalProperties"] = false
	}
	for _, v := range schema {
		switch v := v.(type) {
		case map[string]any:
			closed(v)
		case []any:
			for _, e := range v {
				if m, ok := e.(map[string]any); ok {
					closed(m)
				}
			}
		}
	}
}

// checkPod holds a pod to what the strictest of the pod security standards asks.
func checkPod(t *testing.T, file string, pod *corev1.PodSecurityContext, c *corev1.SecurityContext) {
	t.Helper()
	if pod == nil || c == nil || pod.RunAsNonRoot == nil || !*pod.RunAsNonRoot || pod.SeccompProfile == nil || pod.SeccompProfile.Type != corev1.SeccompProfileTypeRuntimeDefault ||
		c.AllowPrivilegeEscalation == nil || *c.AllowPrivilegeEscalation || c.Capabilities == nil || len(c.Capabilities.Drop) != 1 || c.Capabilities.Drop[0] != "ALL" {
		t.Errorf("%s: not restricted", file)
	}
}

// The TestRun fits the operator's definition, and what it refers to is there.
func TestTestRunManifest(t *testing.T) {
	all := objects(t, "testrun.yaml")
	run, script, claim := all["TestRun"].(*testRun), all["ConfigMap"].(*corev1.ConfigMap), all["PersistentVolumeClaim"].(*corev1.PersistentVolumeClaim)
	example, err := os.ReadFile("../../k6/examples/ack.js")
	if err != nil {
		t.Fatal(err)
	}
	if at := run.Spec.Script.ConfigMap; at.Name != script.Name || script.Data[at.File] != string(example) {
		t.Errorf("the script %+v is not k6/examples/ack.js", at)
	}
	if mount := run.Spec.Runner.VolumeMounts[0]; mount.MountPath != value(run.Spec.Runner.Env, "RESULT_DIR") || claim.Name != "loadframe-results" {
		t.Errorf("results go to %s, %s is mounted", value(run.Spec.Runner.Env, "RESULT_DIR"), mount.MountPath)
	}
	if run.Spec.Parallelism != 3 {
		t.Errorf("parallelism %d", run.Spec.Parallelism)
	}
}

func value(env []corev1.EnvVar, name string) string {
	for _, e := range env {
		if e.Name == name {
			return e.Value
		}
	}
	return ""
}

// The Jobs are of the types of their version, and their arguments do what they
// are there for: three processes with the indices of their pods, then the merge.
func TestJobManifests(t *testing.T) {
	job, merge := objects(t, "job.yaml")["Job"].(*batchv1.Job), objects(t, "merge.yaml")["Job"].(*batchv1.Job)
	for file, j := range map[string]*batchv1.Job{"job.yaml": job, "merge.yaml": merge} {
		pod := j.Spec.Template.Spec
		checkPod(t, file, pod.SecurityContext, pod.Containers[0].SecurityContext)
		if claim := pod.Volumes[0].PersistentVolumeClaim; claim == nil || claim.ClaimName != "loadframe-results" {
			t.Errorf("%s: the volume is %+v", file, pod.Volumes[0])
		}
	}
	if job.Spec.CompletionMode == nil || *job.Spec.CompletionMode != batchv1.IndexedCompletion {
		t.Fatal("the Job is not indexed")
	}
	loadframe := filepath.Join(t.TempDir(), "loadframe")
	build := exec.Command("go", "build", "-o", loadframe, ".")
	build.Dir = "../.."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	target, dir := serve(t, loadframe), ""
	var set *strings.Replacer
	command := func(j *batchv1.Job) *exec.Cmd {
		cmd := exec.Command(loadframe)
		for _, arg := range j.Spec.Template.Spec.Containers[0].Args {
			cmd.Args = append(cmd.Args, set.Replace(arg))
		}
		cmd.Stderr = t.Output()
		return cmd
	}
	// A pod that is not ready at the time fails: a machine that stands still is given more.
	for ahead := 3 * time.Second; ; ahead *= 4 {
		dir = t.TempDir()
		set = strings.NewReplacer("$(TARGET)", target, "$(DURATION)", "1s", "$(START_AT)", time.Now().Add(ahead).Format(time.RFC3339Nano), "/results", dir)
		var pods []*exec.Cmd
		for i := range *job.Spec.Completions {
			cmd := command(job)
			cmd.Env = append(os.Environ(), fmt.Sprintf("JOB_COMPLETION_INDEX=%d", i))
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { cmd.Process.Kill() }) // no effect on one that has ended
			pods = append(pods, cmd)
		}
		var failed []error
		for i, cmd := range pods {
			if err := cmd.Wait(); err != nil {
				failed = append(failed, fmt.Errorf("pod %d: %w", i, err))
			}
		}
		if len(failed) == 0 {
			break
		}
		if ahead > time.Minute/2 {
			t.Fatal(failed)
		}
	}
	cmd := command(merge)
	cmd.Args = append(cmd.Args, "-J")
	out, err := cmd.Output()
	var d struct {
		Totals struct{ Messages int64 }
		Merged struct {
			Segments  int
			Covered   float64
			Instances []struct{ Messages int64 }
		}
	}
	if err == nil {
		err = json.Unmarshal(out, &d)
	}
	var sum int64
	for _, i := range d.Merged.Instances {
		sum += i.Messages
	}
	if err != nil || d.Merged.Segments != 3 || d.Merged.Covered != 1 || sum == 0 || d.Totals.Messages != sum {
		t.Errorf("merge: %v, %+v", err, d)
	}
}

// serve starts a server and returns its address.
func serve(t *testing.T, loadframe string) string {
	cmd := exec.Command(loadframe, "serve", "--listen", "tcp://127.0.0.1:0")
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	words := strings.Fields(line)
	if err != nil || len(words) < 3 {
		t.Fatalf("the server says %q, %v", line, err)
	}
	return words[2]
}

// The operator splits a run as k6's module is tested with.
func TestOperatorSplitsInEqualSegments(t *testing.T) {
	for i, want := range []string{"--execution-segment=0:1/2 --execution-segment-sequence=0,1/2,1", "--execution-segment=1/2:1 --execution-segment-sequence=0,1/2,1"} {
		args, err := segmentation.NewCommandFragments(i+1, 2)
		if got := strings.Join(args, " "); err != nil || got != want {
			t.Errorf("runner %d: %s, %v, want %s", i+1, got, err, want)
		}
	}
}
