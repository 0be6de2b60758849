#ifndef PARENT_GEN_H
#define PARENT_GEN_H

struct agent;
struct frame;
struct generation;
struct proc;

/*
 * Certificates and their keys. A pair is a generation: conf looks at the
 * certificate, keys proves that the key is its own, and only then do the nets
 * get it. The key's bytes pass through here as a descriptor only.
 */

/* 1 both there, 0 certificate or both missing (first launch), -1 said why. */
int	gen_files_present(struct agent *);
/* First launch: keys makes what is missing, into new files. */
int	gen_make(struct agent *);
/* Ask conf about the certificate in force. */
int	gen_load_cert(struct agent *);
/* Ask keys to load the key of next_gen. */
int	gen_load_key(struct agent *);
/* Close what it holds; its place is free. */
void	gen_drop(struct generation *);
/* A new net, or the nets when keys has taken the current key up, get what they need. */
void	gen_serve_net(struct agent *, struct proc *net);
void	gen_serve_keys(struct agent *);
/* A keys process that replaces another takes the current key up again. */
void	gen_restore_keys(struct agent *);

int	parent_on_cert_ans(struct agent *, struct proc *, struct frame *);
int	parent_on_keys_load_ans(struct agent *, struct proc *, struct frame *);
int	parent_on_keys_make_ans(struct agent *, struct proc *, struct frame *);

#endif
