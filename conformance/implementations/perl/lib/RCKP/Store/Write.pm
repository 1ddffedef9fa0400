package RCKP::Store::Write;

# Writing so that at each moment the old checkpoint or the new one is there, whole
# (Writing safely). The steps are those of SAFE-11, in its order. The directories
# on the way are in Scope.pm, whose file it is in Owner.pm.

use v5.36;
use Errno qw(EACCES EEXIST EINTR EINVAL EMLINK ENOSYS ENOTSUP EOPNOTSUPP EPERM);
use IO::Handle ();
use RCKP::Directory;
use RCKP::Encoder 'encode';
use RCKP::Error;
use RCKP::Paths qw(scope file_name);
use RCKP::Store::Names qw(temporary_name is_temporary_name kept_name name_limit);
use RCKP::Store::Owner 'owner';
use RCKP::Store::Scope;

use constant {
    DAY         => 86_400,
    TURNS       => 100,     # of judging: each means that somebody without a lock was faster
    NEW_FILE    => 0666,    # what the system then makes of it
};

# Gives the path, or dies: with nothing changed, or with `durability-uncertain`.
sub write ($store, $record) {
    my $data  = encode($record);
    my @scope = scope($record);
    my $name  = file_name($record);
    my $self  = bless {
        store  => $store,
        name   => $name,
        run_id => $record->{run_id},
        path   => $store->path_of(@scope, $name),
    }, __PACKAGE__;
    RCKP::Directory::keeping_cwd(sub { $self->_write($data, @scope) });
    return $self->{path};
}

sub _write ($self, $data, @scope) {
    my $store = $self->{store};
    $self->{limit} = name_limit($store->base);
    RCKP::Store::Scope::check_names($self, $store->base, @scope, $self->{name});
    ($self->{directory}, my @above) = RCKP::Store::Scope::open_or_make($self, $store->base, @scope);

    $self->{locked} = $store->lock_directory($self->{directory}, $self->{path});
    $self->_sweep($self->{locked});
    my $placed = eval {
        $self->_make_temporary;
        $self->_fill($data);
        $self->_put_in_place;
        $self->_check_published;
        1;
    };
    if (!$placed) {
        my $error = $@;
        $self->{directory}->remove($_) for grep { defined } @$self{qw(temporary second_name)};    # SAFE-12
        die $error;
    }
    close delete $self->{handle};
    $self->_make_last(join('/', @scope), @above);
}

# A step up to the link or the rename failed (SAFE-12).
sub fail ($self, $code = 'not-written', $reason = "$!") {
    RCKP::Error->throw($code, path => $self->{path}, reason => $reason);
}

# SAFE-7. What cannot be removed is left to the next writer.
sub _sweep ($self, $locked) {
    my $directory = $self->{directory};
    for my $name (grep { is_temporary_name($_) } @{$directory->names // []}) {
        my $facts = $directory->look($name);
        next unless $facts && $facts->{is_file};
        $directory->remove($name) if $locked || $facts->{modified} < time - DAY;
    }
}

# SAFE-16: no bit that what has the name lacks, so that nobody can read it meanwhile, and
# nothing for a group before the file has the right one.
sub _make_temporary ($self) {
    my $directory = $self->{directory};
    my $there     = $directory->look($self->{name});
    my $permissions = $there ? NEW_FILE & ($there->{permissions} | 0200) : NEW_FILE;
    $permissions &= 0700 if $there && $there->{is_file};
    $self->{restricted} = $permissions != NEW_FILE;
    do {
        $self->{temporary} = temporary_name();
        $self->{handle}    = $directory->create($self->{temporary}, $permissions);
    } until $self->{handle} || !$!{EEXIST};
    $self->fail unless $self->{handle};
}

sub _fill ($self, $data) {
    my $handle  = $self->{handle};    # open until the file has its name (SAFE-18)
    my $written = 0;
    while ($written < length $data) {
        my $n = syswrite $handle, $data, length($data) - $written, $written;
        if (!defined $n) { next if $!{EINTR}; $self->fail }
        $self->fail('not-written', 'nothing more could be written') if $n == 0;
        $written += $n;
    }
    my $facts = RCKP::Directory::facts_of($handle) or $self->fail;
    $self->fail('not-written', 'the file has another size than what was written')
        if $facts->{size} != length $data;
    my ($whose, $there) = owner($self);
    $self->_inherit($there) if $whose eq 'ours';
    if ($self->{store}->flushes_files) { RCKP::Directory::flush_handle($handle) or $self->fail }
    else                               { $self->_check_close }
}

# Some file systems report a full disk only when a descriptor is closed.
sub _check_close ($self) {
    open my $copy, '>&', $self->{handle} or $self->fail;
    close $copy or $self->fail;
}

# Group, permissions and owner of another file, in this order (SAFE-16), through the
# handle (SAFE-18). Without the group, both the group and others get what both had.
sub _inherit ($self, $there) {
    my $handle = $self->{handle};
    my $ours   = RCKP::Directory::facts_of($handle) or $self->fail;
    my ($bits, $kept) = ($there->{permissions}, 1);
    if ($ours->{group} != $there->{group} && !chown -1, $there->{group}, $handle) {
        $self->fail unless _not_permitted();
        my $both = $bits >> 3 & $bits & 07;
        ($bits, $kept) = ($bits & 0700 | $both << 3 | $both, 0);
    }
    if ($ours->{permissions} != $bits) { chmod $bits, $handle or $self->fail }
    if ($ours->{owner} != $there->{owner} && !chown $there->{owner}, -1, $handle) {
        $self->fail unless _not_permitted();
        $kept = 0;
    }
    $self->{restricted} = 0;
    warn "RCKP: owner or group of a checkpoint could not be kept\n" unless $kept;
}

sub _not_permitted { $!{EPERM} || $!{EACCES} || $!{EINVAL} || $!{ENOSYS} || $!{ENOTSUP} }

sub _leads_here ($self, $name) {
    my $ours  = RCKP::Directory::facts_of($self->{handle}) or $self->fail;
    my $there = $self->{directory}->look($name) or return 0;
    return $there->{inode} eq $ours->{inode};
}

sub _check_temporary ($self) {
    $self->_leads_here($self->{temporary})
        or $self->fail('not-written', 'another program has replaced the temporary file');
}

# SAFE-18. Without the lock, another writer of this run may have replaced the file by now, or
# somebody may have removed it.
sub _check_published ($self) {
    my $ours  = RCKP::Directory::facts_of($self->{handle});
    my $there = $ours && $self->{directory}->look($self->{name});
    if (!$ours || (!$there && !$!{ENOENT})) {
        $self->{uncertain} //= "the name could not be checked: $!";    # SAFE-13
        return;
    }
    return if $there && $there->{inode} eq $ours->{inode};
    if (!$self->{locked}) {
        my ($whose) = owner($self);
        return if $whose eq 'nobody' || $whose eq 'ours';
    }
    $self->{directory}->remove($self->{name}) if $there && $there->{is_link};
    $self->fail('not-written', 'another program has replaced the file');
}

sub _put_in_place ($self) {
    for (1 .. TURNS) {
        my ($whose, $facts) = owner($self);
        my $placed
            = $whose eq 'nobody'  ? $self->_put_first
            : $whose eq 'ours'    ? $self->_put_over($facts)
            : $whose eq 'foreign' ? $self->_put_beside
            : $whose eq 'another' ? $self->fail('run-id-collision', undef)         # SAFE-8
            :                       $self->fail('not-a-file', 'a directory');      # SAFE-10
        return if $placed;
    }
    $self->fail('not-written', 'the name changes all the time');
}

# A link, since it fails when another writer was faster. False: judge again.
sub _put_first ($self) {
    my ($directory, $temporary) = @$self{qw(directory temporary)};
    $self->_permissions_of_a_new_file;
    $self->_check_temporary;
    if ($directory->link_name($temporary, $self->{name})) {
        $directory->remove($temporary) or $self->{uncertain} = "$!";    # SAFE-13
        return 1;
    }
    return 0 if $!{EEXIST};
    $self->fail unless _no_links_here();
    $self->_rename;
}

sub _put_over ($self, $facts) {
    $self->_inherit($facts);    # once more: it may be another one by now
    $self->_rename;
}

# SAFE-10: what is there gets a second name first; without links, a new one.
sub _put_beside ($self) {
    my ($directory, $name) = @$self{qw(directory name)};
    $self->_permissions_of_a_new_file;
    my $kept = kept_name($name, $self->{limit});
    if ($directory->link_name($name, $kept)) {
        $self->{second_name} = $kept;    # to be removed again if nothing takes its place
    }
    else {
        $self->fail unless _no_links_here();
        $directory->rename_name($name, $kept) or $self->fail;
    }
    if ($self->{store}->flushes_files) { $directory->flush or $self->fail }
    $self->_rename;
}

sub _rename ($self) {
    $self->_check_temporary;
    $self->{directory}->rename_name($self->{temporary}, $self->{name}) or $self->fail;
    delete $self->{second_name};    # the only name now of what was in the way
    return 1;
}

# Called when nothing is replaced whose permissions would count after all.
sub _permissions_of_a_new_file ($self) {
    return unless delete $self->{restricted};
    chmod NEW_FILE & ~umask, $self->{handle} or $self->fail;
}

sub _no_links_here { $!{EPERM} || $!{EOPNOTSUPP} || $!{ENOSYS} || $!{EMLINK} }

# Durability (SAFE-15). Whatever fails now, the checkpoint is in its place and the
# steps that are left are still taken (SAFE-13).
sub _make_last ($self, $scope, @above) {
    my $store = $self->{store};
    if ($store->flushes_directories) {
        $self->_flush($self->{directory});
        if (!$store->{flushed}{$scope}) {
            $self->_flush($_) for @above;
            $store->{flushed}{$scope} = !defined $self->{uncertain};
        }
    }
    $self->{directory}->unlock;
    $self->fail('durability-uncertain', $self->{uncertain}) if defined $self->{uncertain};
}

# Undef stands for a directory that could not be opened.
sub _flush ($self, $directory) {
    return if $directory && $directory->flush;
    $self->{uncertain} //= "a directory could not be flushed: $!";
}

1;
