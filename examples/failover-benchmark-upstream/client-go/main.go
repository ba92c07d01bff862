// A member of the failover benchmark that elects its leaders by client-go, with the settings of Kubernetes' own components:
// LeaseDuration 15 s, RenewDeadline 10 s, RetryPeriod 2 s, ReleaseOnCancel. One elector for each lock.
//
//	member NAME LOCKS MODES KUBECONFIG [OPTION=VALUE ...]
//
// The arguments are those of the Java members; of the options it knows kubernetesNamespace and kubernetesResourceName. A
// line "start" on standard input makes it a candidate. Reports go to standard output, one JSON line each; times are of
// CLOCK_MONOTONIC, as those of Java's System.nanoTime(). On SIGTERM it releases its leases and ends.
package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
	"unsafe"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
)

var output sync.Mutex

func nanoTime() int64 {
	const monotonic = 1
	var now syscall.Timespec
	syscall.Syscall(syscall.SYS_CLOCK_GETTIME, monotonic, uintptr(unsafe.Pointer(&now)), 0)
	return now.Nano()
}

func report(event, subject string) {
	output.Lock()
	defer output.Unlock()
	about := ""
	if subject != "" {
		about = fmt.Sprintf(`"subject":%q,`, subject)
	}
	fmt.Printf("{\"event\":%q,%s\"nanos\":%d}\n", event, about, nanoTime())
}

func main() {
	name := os.Args[1]
	locks, err := strconv.Atoi(os.Args[2])
	if err != nil {
		fail(err)
	}
	config, err := clientcmd.BuildConfigFromFlags("", os.Args[4])
	if err != nil {
		fail(err)
	}
	// By default a client sends 5 requests a second, which is less than 20 locks need. In favour of client-go: no limit.
	config.QPS = -1
	// The proxy that refuses one renewal alone speaks plain HTTP, where a kubeconfig's token is left out. It passes texts on and
	// would spoil protobuf, which client-go prefers.
	if strings.HasPrefix(config.Host, "http://") {
		known, err := clientcmd.LoadFromFile(os.Args[4])
		if err != nil {
			fail(err)
		}
		if current, ok := known.Contexts[known.CurrentContext]; ok {
			if user, ok := known.AuthInfos[current.AuthInfo]; ok {
				config.BearerToken = user.Token
			}
		}
		config.ContentType = "application/json"
	}
	options := map[string]string{}
	for _, option := range os.Args[5:] {
		key, value, _ := strings.Cut(option, "=")
		options[key] = value
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		fail(err)
	}

	ctx, cancel := context.WithCancel(context.Background())
	var running, working sync.WaitGroup
	elect := func(lock string) {
		defer running.Done()
		elector, err := leaderelection.NewLeaderElector(leaderelection.LeaderElectionConfig{
			Lock: &resourcelock.LeaseLock{
				LeaseMeta: metav1.ObjectMeta{
					Namespace: options["kubernetesNamespace"],
					Name:      options["kubernetesResourceName"] + "-" + lock,
				},
				Client:     client.CoordinationV1(),
				LockConfig: resourcelock.ResourceLockConfig{Identity: name},
			},
			LeaseDuration:   15 * time.Second,
			RenewDeadline:   10 * time.Second,
			RetryPeriod:     2 * time.Second,
			ReleaseOnCancel: true,
			Callbacks: leaderelection.LeaderCallbacks{
				OnStartedLeading: func(tenure context.Context) {
					// The elector does not wait for this; whoever ends the process does, so that the stop is told.
					working.Add(1)
					defer working.Done()
					if tenure.Err() != nil {
						return
					}
					report("STARTED", lock)
					// The work ends at once when it is told to; client-go does not wait for it with the release.
					<-tenure.Done()
					report("STOPPED", lock)
				},
				OnStoppedLeading: func() {},
			},
		})
		if err != nil {
			fail(err)
		}
		for ctx.Err() == nil {
			elector.Run(ctx)
		}
	}

	terminated := make(chan os.Signal, 1)
	signal.Notify(terminated, syscall.SIGTERM)
	go func() {
		<-terminated
		cancel()
		running.Wait()
		working.Wait()
		os.Exit(0)
	}()

	report("READY", "")
	input := bufio.NewScanner(os.Stdin)
	for input.Scan() {
		if input.Text() != "start" {
			fail(fmt.Errorf("unknown command %q", input.Text()))
		}
		report("CONTEXT_STARTED", "")
		for i := 1; i <= locks; i++ {
			running.Add(1)
			go elect("lock-" + strconv.Itoa(i))
		}
	}
	os.Exit(3)
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
