// kfaked: an in-memory Kafka-protocol cluster with a small fault-injection HTTP port.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

func main() {
	ports := flag.String("ports", "9092", "broker ports, comma separated; one broker each")
	ctl := flag.String("ctl", "", "control address, e.g. 127.0.0.1:9099")
	dir := flag.String("data-dir", "", "keep state here")
	sync := flag.Bool("sync", false, "fsync every write")
	auto := flag.Bool("auto-create", false, "create topics on metadata requests")
	flag.Parse()
	var ps []int
	for _, s := range strings.Split(*ports, ",") {
		n, err := strconv.Atoi(s)
		if err != nil {
			panic(err)
		}
		ps = append(ps, n)
	}
	opts := []kfake.Opt{kfake.Ports(ps...), kfake.NumBrokers(len(ps)), kfake.DefaultNumPartitions(1)}
	if *dir != "" {
		opts = append(opts, kfake.DataDir(*dir))
	}
	if *sync {
		opts = append(opts, kfake.SyncWrites())
	}
	if *auto {
		opts = append(opts, kfake.AllowAutoTopicCreation())
	}
	c, err := kfake.NewCluster(opts...)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if *ctl != "" {
		byName := map[string]*kerr.Error{}
		for code := int16(-1); code < 140; code++ {
			if e, ok := kerr.ErrorForCode(code).(*kerr.Error); ok && e != nil {
				byName[e.Message] = e
			}
		}
		// POST /fault {"keys":[0],"topic":"t","group":"","txn":"","err":"NOT_LEADER_FOR_PARTITION","count":3}
		http.HandleFunc("/fault", func(w http.ResponseWriter, r *http.Request) {
			var q struct {
				Keys                   []int16
				Topic, Group, Txn, Err string
				TopLevel               bool
				Count                  int
			}
			if err := json.NewDecoder(r.Body).Decode(&q); err != nil || byName[q.Err] == nil {
				http.Error(w, fmt.Sprint("bad fault: ", err, " ", q.Err), 400)
				return
			}
			f := kfake.Fault{Topic: q.Topic, Group: q.Group, TxnID: q.Txn, TopLevel: q.TopLevel, Count: q.Count, Err: byName[q.Err]}
			for _, k := range q.Keys {
				f.Keys = append(f.Keys, kmsg.Key(k))
			}
			c.Fault(f)
		})
		http.HandleFunc("/shuffle-leaders", func(http.ResponseWriter, *http.Request) { c.ShufflePartitionLeaders() })
		http.HandleFunc("/rehash-coordinators", func(http.ResponseWriter, *http.Request) { c.RehashCoordinators() })
		http.HandleFunc("/compact", func(http.ResponseWriter, *http.Request) { c.Compact() })
		go func() { fmt.Fprintln(os.Stderr, http.ListenAndServe(*ctl, nil)); os.Exit(1) }()
	}
	fmt.Println(strings.Join(c.ListenAddrs(), ","))
	s := make(chan os.Signal, 1)
	signal.Notify(s, os.Interrupt, syscall.SIGTERM)
	<-s
	c.Close()
}
