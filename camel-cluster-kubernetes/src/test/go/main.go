// A candidate for a Lease by the rules of client-go, for tests that stand beside it.
//
//	candidate -kubeconfig FILE -namespace NAMESPACE -lease NAME -id ID [-duration 15s -deadline 10s -retry 2s]
//
// It says on standard output, one line each, what it is told: "leading" and "stopped" of its own leadership, "leader ID" of
// anybody's. A line "release" on standard input makes it step down and release the Lease (ReleaseOnCancel), after which it says
// "released"; "stand" makes it a candidate again; "abandon" makes it stop without a release, after which it says "abandoned".
// It ends with its standard input.
package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"os"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
)

func main() {
	kubeconfig := flag.String("kubeconfig", "", "how to reach the API server")
	namespace := flag.String("namespace", "default", "where the Lease is")
	lease := flag.String("lease", "", "the name of the Lease")
	id := flag.String("id", "", "the name of this candidate")
	duration := flag.Duration("duration", 15*time.Second, "LeaseDuration")
	deadline := flag.Duration("deadline", 10*time.Second, "RenewDeadline")
	retry := flag.Duration("retry", 2*time.Second, "RetryPeriod")
	flag.Parse()

	config, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	if err != nil {
		fail(err)
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		fail(err)
	}
	lock := &resourcelock.LeaseLock{
		LeaseMeta:  metav1.ObjectMeta{Namespace: *namespace, Name: *lease},
		Client:     client.CoordinationV1(),
		LockConfig: resourcelock.ResourceLockConfig{Identity: *id},
	}

	var cancel context.CancelFunc
	var done chan struct{}
	stand := func(release bool) {
		ctx, stop := context.WithCancel(context.Background())
		ended := make(chan struct{})
		cancel, done = stop, ended
		elector, err := leaderelection.NewLeaderElector(leaderelection.LeaderElectionConfig{
			Lock:            lock,
			LeaseDuration:   *duration,
			RenewDeadline:   *deadline,
			RetryPeriod:     *retry,
			ReleaseOnCancel: release,
			Callbacks: leaderelection.LeaderCallbacks{
				OnStartedLeading: func(context.Context) { fmt.Println("leading") },
				OnStoppedLeading: func() { fmt.Println("stopped") },
				OnNewLeader:      func(leader string) { fmt.Println("leader", leader) },
			},
		})
		if err != nil {
			fail(err)
		}
		go func() {
			defer close(ended)
			// As programs do that go on after they have lost: they stand again.
			for ctx.Err() == nil {
				elector.Run(ctx)
			}
		}()
	}
	end := func() {
		cancel()
		<-done
	}

	releases := true
	input := bufio.NewScanner(os.Stdin)
	for input.Scan() {
		switch input.Text() {
		case "stand":
			stand(releases)
		case "stand without release":
			stand(false)
		case "release":
			end()
			fmt.Println("released")
		case "abandon":
			end()
			fmt.Println("abandoned")
		default:
			fail(fmt.Errorf("unknown command %q", input.Text()))
		}
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
